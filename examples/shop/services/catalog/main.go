// Catalog serves the products of the shop.
//
//	catalog serve         serves on :8080
//	catalog check URL     asks a running catalog for its products: the chart's `helm test`
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"git.example.com/shop/catalog/internal/api"
	"git.example.com/shop/catalog/internal/serve"
)

var commit = os.Getenv("COMMIT") // set by the image

func main() {
	log.SetFlags(0)
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = serve.Until(":8080", commit, api.Handler(api.Products(os.Getenv("CURRENCY"))))
	case len(os.Args) == 3 && os.Args[1] == "check":
		err = check(os.Args[2])
	default:
		err = fmt.Errorf("usage: catalog serve | catalog check URL")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func check(url string) error {
	if err := serve.Await(url); err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url + "/products")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var products []struct{ ID, Name string }
	if err := json.NewDecoder(answer.Body).Decode(&products); err != nil {
		return fmt.Errorf("GET /products: %s, not a list of products: %w", answer.Status, err)
	}
	if len(products) == 0 {
		return fmt.Errorf("GET /products: the shop sells nothing")
	}
	log.Printf("ok: %d products, the first is %s", len(products), products[0].Name)
	return nil
}
