package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"git.example.com/shop/catalog/internal/api"
)

func get(t *testing.T, path string) *httptest.ResponseRecorder {
	t.Helper()
	answer := httptest.NewRecorder()
	api.Handler(api.Products("EUR")).ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
	return answer
}

func TestEveryProductIsListedAndCanBeReadAlone(t *testing.T) {
	var products []api.Product
	if err := json.NewDecoder(get(t, "/products").Body).Decode(&products); err != nil {
		t.Fatal(err)
	}
	if len(products) == 0 {
		t.Fatal("the shop sells nothing")
	}
	for _, product := range products {
		var alone api.Product
		if err := json.NewDecoder(get(t, "/products/"+product.ID).Body).Decode(&alone); err != nil {
			t.Fatal(err)
		}
		if alone != product {
			t.Errorf("listed as %+v, alone %+v", product, alone)
		}
		if product.PriceCents <= 0 || product.Currency != "EUR" {
			t.Errorf("%s has no price: %+v", product.ID, product)
		}
	}
}

func TestAnUnknownProductIsNotFound(t *testing.T) {
	if got := get(t, "/products/yacht").Code; got != http.StatusNotFound {
		t.Errorf("status %d, want 404", got)
	}
}
