package test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"git.example.com/shop/tests/internal/checks"
)

// storefront counts purchases for whoever comes; `receipt` is its answer to a purchase of %s.
func storefront(t *testing.T, status int, receipt string) string {
	t.Helper()
	bought := 0
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, "Welcome\n- tea: Green tea\nIn your cart: %d items\n", bought)
	})
	mux.HandleFunc("POST /buy", func(w http.ResponseWriter, r *http.Request) {
		bought++
		var product string
		_, _ = fmt.Fscanf(r.Body, `{"product":%q}`, &product)
		w.WriteHeader(status)
		fmt.Fprint(w, strings.ReplaceAll(receipt, "%s", product))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func run(name, url string) error {
	for _, check := range checks.All {
		if check.Name == name {
			return check.Run(url)
		}
	}
	return fmt.Errorf("no check %s", name)
}

func TestBuySomething(t *testing.T) {
	cases := []struct {
		name, receipt, says string
		status              int
	}{
		{"a receipt with its price", `{"bought":"%s","price_cents":450}`, "", 200},
		{"no price", `{"bought":"%s"}`, "expected it with its price", 200},
		{"another product", `{"bought":"yacht","price_cents":450}`, `"bought":"yacht"`, 200},
		{"a refusal", "catalog: product tea has no price_cents", "got 502: catalog: product tea has no price_cents", 502},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			err := run("buy-something", storefront(t, c.status, c.receipt))
			if c.says == "" && err != nil || c.says != "" && (err == nil || !strings.Contains(err.Error(), c.says)) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
}

func TestKeepWhatWasBought(t *testing.T) {
	url := storefront(t, 200, `{"bought":"%s","price_cents":450}`)
	if err := run("keep-what-was-bought", url); err != nil {
		t.Error(err)
	}
	if err := run("keep-what-was-bought", url); err == nil {
		t.Error("a cart with four items passed as one with two")
	}
}
