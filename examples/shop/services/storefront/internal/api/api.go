// Package api is what the shop's customers see: a page, and a way to buy.
package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// Shop is the configuration of the storefront.
type Shop struct {
	Greeting   string
	BannerFile string // shown above the products if it exists; read again for every page
	Catalog    string // URL
	Cart       string // URL
	Client     *http.Client
}

type product struct {
	ID         string `json:"id"`
	Name       string `json:"name"`
	PriceCents int    `json:"price_cents"`
}

type cart struct {
	Items      []any `json:"items"`
	TotalCents int   `json:"total_cents"`
}

// Handler serves GET / and POST /buy.
func Handler(shop Shop) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", shop.page)
	mux.HandleFunc("POST /buy", shop.buy)
	return mux
}

func (shop Shop) page(w http.ResponseWriter, r *http.Request) {
	var products []product
	if _, err := shop.ask(r, http.MethodGet, shop.Catalog+"/products", nil, &products); err != nil {
		http.Error(w, "catalog: "+err.Error(), http.StatusBadGateway)
		return
	}
	var bought cart
	if _, err := shop.ask(r, http.MethodGet, shop.Cart+"/items", nil, &bought); err != nil {
		http.Error(w, "cart: "+err.Error(), http.StatusBadGateway)
		return
	}
	banner, _ := os.ReadFile(shop.BannerFile)
	fmt.Fprintf(w, "%s%s\n", banner, shop.Greeting)
	for _, product := range products {
		fmt.Fprintf(w, "- %s: %s\n", product.ID, product.Name)
	}
	fmt.Fprintf(w, "In your cart: %d items\n", len(bought.Items))
}

func (shop Shop) buy(w http.ResponseWriter, r *http.Request) {
	var wish struct{ Product string }
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&wish); err != nil || wish.Product == "" {
		http.Error(w, `say what to buy: {"product": "tea"}`, http.StatusBadRequest)
		return
	}
	var found product
	if _, err := shop.ask(r, http.MethodGet, shop.Catalog+"/products/"+url.PathEscape(wish.Product), nil, &found); err != nil {
		http.Error(w, "catalog: "+err.Error(), http.StatusBadGateway)
		return
	}
	if found.PriceCents <= 0 {
		http.Error(w, fmt.Sprintf("catalog: product %s has no price_cents", wish.Product), http.StatusBadGateway)
		return
	}
	item, _ := json.Marshal(map[string]any{"product": found.ID, "price_cents": found.PriceCents})
	var filled cart
	answer, err := shop.ask(r, http.MethodPost, shop.Cart+"/items", item, &filled)
	if err != nil {
		http.Error(w, "cart: "+err.Error(), http.StatusBadGateway)
		return
	}
	for _, cookie := range answer.Cookies() {
		http.SetCookie(w, cookie)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"bought": found.ID, "price_cents": found.PriceCents, "total_cents": filled.TotalCents,
	})
}

// ask sends one request with the customer's cookies and decodes the JSON answer into `into`.
func (shop Shop) ask(from *http.Request, method, address string, body []byte, into any) (*http.Response, error) {
	request, err := http.NewRequestWithContext(from.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for _, cookie := range from.Cookies() {
		request.AddCookie(cookie)
	}
	answer, err := shop.Client.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10))
		return nil, fmt.Errorf("%s %s: %s: %s", method, address, answer.Status, bytes.TrimSpace(text))
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		return nil, fmt.Errorf("%s %s: not the JSON we expect: %w", method, address, err)
	}
	return answer, nil
}
