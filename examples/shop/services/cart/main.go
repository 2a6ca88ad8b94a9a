// Cart holds the items that a customer wants to buy.
//
//	cart serve         serves on :8080
//	cart check URL     asks a running cart for its items: the chart's `helm test`
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
	"strconv"
	"time"

	"git.example.com/shop/cart/internal/api"
	"git.example.com/shop/cart/internal/serve"
)

var commit = os.Getenv("COMMIT") // set by the image

func main() {
	log.SetFlags(0)
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = run(os.Getenv("SESSION_KEY"), os.Getenv("MAX_ITEMS"))
	case len(os.Args) == 3 && os.Args[1] == "check":
		err = check(os.Args[2])
	default:
		err = fmt.Errorf("usage: cart serve | cart check URL")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func run(key, maxItems string) error {
	if key == "" {
		return fmt.Errorf("SESSION_KEY is empty: set cart.sessionKey in the environment's secrets")
	}
	limit, err := strconv.Atoi(maxItems)
	if err != nil {
		return fmt.Errorf("MAX_ITEMS: %w", err)
	}
	return serve.Until(":8080", commit, api.Handler([]byte(key), limit))
}

func check(url string) error {
	if err := serve.Await(url); err != nil {
		return err
	}
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(url + "/items")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	var cart api.Cart
	if err := json.NewDecoder(answer.Body).Decode(&cart); err != nil {
		return fmt.Errorf("GET /items: %s, not a cart: %w", answer.Status, err)
	}
	if len(cart.Items) != 0 {
		return fmt.Errorf("GET /items: a new customer's cart holds %d items", len(cart.Items))
	}
	log.Print("ok: a new customer's cart is empty")
	return nil
}
