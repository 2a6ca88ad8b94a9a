package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"git.example.com/shop/cart/internal/api"
)

func send(method, body, key string, cookies []*http.Cookie) *httptest.ResponseRecorder {
	request := httptest.NewRequest(method, "/items", strings.NewReader(body))
	for _, cookie := range cookies {
		request.AddCookie(cookie)
	}
	answer := httptest.NewRecorder()
	api.Handler([]byte(key), 2).ServeHTTP(answer, request)
	return answer
}

func cartIn(t *testing.T, answer *httptest.ResponseRecorder) api.Cart {
	t.Helper()
	var cart api.Cart
	if err := json.NewDecoder(answer.Body).Decode(&cart); err != nil {
		t.Fatal(err)
	}
	return cart
}

const tea = `{"product":"tea","price_cents":450}`

func TestAnyReplicaWithTheKeyServesTheCart(t *testing.T) {
	first := send(http.MethodPost, tea, "key", nil)
	second := send(http.MethodPost, tea, "key", first.Result().Cookies())
	cart := cartIn(t, send(http.MethodGet, "", "key", second.Result().Cookies()))
	if len(cart.Items) != 2 || cart.TotalCents != 900 {
		t.Errorf("got %+v, want two items for 900", cart)
	}
	if full := send(http.MethodPost, tea, "key", second.Result().Cookies()); full.Code != http.StatusConflict {
		t.Errorf("a third item: status %d, want 409", full.Code)
	}
}

func TestACartSignedWithAnotherKeyIsEmpty(t *testing.T) {
	forged := send(http.MethodPost, tea, "other", nil).Result().Cookies()
	if cart := cartIn(t, send(http.MethodGet, "", "key", forged)); len(cart.Items) != 0 {
		t.Errorf("got %+v, want an empty cart", cart)
	}
}

func TestAnItemNeedsAProductAndAPrice(t *testing.T) {
	for _, body := range []string{`{"product":"tea"}`, `{"price_cents":450}`, `tea`} {
		if got := send(http.MethodPost, body, "key", nil).Code; got != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", body, got)
		}
	}
}
