// Package api is the catalog's HTTP interface: the products of the shop, as JSON.
package api

import (
	"encoding/json"
	"net/http"
)

// Product is what other services read; a renamed field breaks them.
type Product struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	PriceCents int    `json:"price_cents"`
	Currency   string `json:"currency"`
}

// Products returns what the shop sells, priced in `currency`.
func Products(currency string) []Product {
	return []Product{
		{ID: "tea", Name: "Green tea", PriceCents: 450, Currency: currency},
		{ID: "mug", Name: "Blue mug", PriceCents: 1290, Currency: currency},
		{ID: "kettle", Name: "Steel kettle", PriceCents: 3900, Currency: currency},
	}
}

// Handler serves GET /products and GET /products/{id}.
func Handler(products []Product) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /products", func(w http.ResponseWriter, _ *http.Request) { reply(w, products) })
	mux.HandleFunc("GET /products/{id}", func(w http.ResponseWriter, r *http.Request) {
		for _, product := range products {
			if product.ID == r.PathValue("id") {
				reply(w, product)
				return
			}
		}
		http.Error(w, "no product "+r.PathValue("id"), http.StatusNotFound)
	})
	return mux
}

func reply(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(body)
}
