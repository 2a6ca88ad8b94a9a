package test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"git.example.com/shop/storefront/internal/api"
)

// shop starts a storefront before a catalog that sells `product` and a cart that takes everything.
func shop(t *testing.T, product string) *httptest.Server {
	t.Helper()
	others := http.NewServeMux()
	others.HandleFunc("GET /products", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "[%s]", product) })
	others.HandleFunc("GET /products/tea", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, product) })
	others.HandleFunc("GET /items", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"items":[]}`) })
	others.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		http.SetCookie(w, &http.Cookie{Name: "cart", Value: "signed"})
		fmt.Fprintf(w, `{"items":[%s],"total_cents":450}`, body)
	})
	backend := httptest.NewServer(others)
	t.Cleanup(backend.Close)
	front := httptest.NewServer(api.Handler(api.Shop{
		Greeting: "Welcome", Catalog: backend.URL, Cart: backend.URL, Client: backend.Client(),
	}))
	t.Cleanup(front.Close)
	return front
}

func read(t *testing.T, answer *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(body)
}

const tea = `{"id":"tea","name":"Green tea","price_cents":450}`

func TestThePageGreetsAndListsTheProducts(t *testing.T) {
	answer, err := http.Get(shop(t, tea).URL)
	status, body := read(t, answer, err)
	if status != http.StatusOK || !strings.HasPrefix(body, "Welcome\n- tea: Green tea\n") {
		t.Errorf("status %d: %s", status, body)
	}
}

func TestAPurchaseIsPutIntoTheCustomersCart(t *testing.T) {
	answer, err := http.Post(shop(t, tea).URL+"/buy", "application/json", strings.NewReader(`{"product":"tea"}`))
	status, body := read(t, answer, err)
	if status != http.StatusOK || !strings.Contains(body, `"total_cents":450`) {
		t.Errorf("status %d: %s", status, body)
	}
	if len(answer.Cookies()) != 1 {
		t.Errorf("cookies %v, want the cart's", answer.Cookies())
	}
}

func TestNothingIsSoldWithoutAPrice(t *testing.T) {
	front := shop(t, `{"id":"tea","name":"Green tea"}`)
	answer, err := http.Post(front.URL+"/buy", "application/json", strings.NewReader(`{"product":"tea"}`))
	status, body := read(t, answer, err)
	if status != http.StatusBadGateway || !strings.Contains(body, "tea has no price_cents") {
		t.Errorf("status %d: %s", status, body)
	}
}
