// Package api is the cart's HTTP interface. The cart lives in a signed cookie, so that any replica can serve it.
package api

import (
	"encoding/json"
	"fmt"
	"net/http"
)

const cookieName = "cart"

// Item is one product with the price at which it was put into the cart.
type Item struct {
	Product    string `json:"product"`
	PriceCents int    `json:"price_cents"`
}

// Cart is the answer to every request.
type Cart struct {
	Items      []Item `json:"items"`
	TotalCents int    `json:"total_cents"`
}

// Handler serves POST /items and GET /items. At most `limit` items fit into a cart.
func Handler(key []byte, limit int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", func(w http.ResponseWriter, r *http.Request) { reply(w, itemsOf(r, key)) })
	mux.HandleFunc("POST /items", func(w http.ResponseWriter, r *http.Request) {
		var item Item
		if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&item); err != nil {
			http.Error(w, "not an item: "+err.Error(), http.StatusBadRequest)
			return
		}
		if item.Product == "" || item.PriceCents <= 0 {
			http.Error(w, fmt.Sprintf("an item needs a product and a price, got %+v", item), http.StatusBadRequest)
			return
		}
		items := append(itemsOf(r, key), item)
		if len(items) > limit {
			http.Error(w, fmt.Sprintf("the cart is full: %d items", limit), http.StatusConflict)
			return
		}
		http.SetCookie(w, &http.Cookie{Name: cookieName, Value: sign(items, key), Path: "/", HttpOnly: true})
		reply(w, items)
	})
	return mux
}

// itemsOf is empty when there is no cookie, or when its signature is not ours.
func itemsOf(r *http.Request, key []byte) []Item {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	return verify(cookie.Value, key)
}

func reply(w http.ResponseWriter, items []Item) {
	cart := Cart{Items: append([]Item{}, items...)}
	for _, item := range items {
		cart.TotalCents += item.PriceCents
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(cart)
}
