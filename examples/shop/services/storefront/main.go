// Storefront is what the shop's customers see; it asks the catalog and the cart.
//
//	storefront serve         serves on :8080
//	storefront check URL     asks a running storefront for its page: the chart's `helm test`
package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
	"time"

	"git.example.com/shop/storefront/internal/api"
	"git.example.com/shop/storefront/internal/serve"
)

var commit = os.Getenv("COMMIT") // set by the image

func main() {
	log.SetFlags(0)
	var err error
	switch {
	case len(os.Args) == 2 && os.Args[1] == "serve":
		err = serve.Until(":8080", commit, api.Handler(shop()))
	case len(os.Args) == 3 && os.Args[1] == "check":
		err = check(os.Args[2])
	default:
		err = fmt.Errorf("usage: storefront serve | storefront check URL")
	}
	if err != nil {
		log.Fatal(err)
	}
}

func shop() api.Shop {
	return api.Shop{
		Greeting:   os.Getenv("GREETING"),
		BannerFile: "/banner/text",
		Catalog:    os.Getenv("CATALOG_URL"),
		Cart:       os.Getenv("CART_URL"),
		// A connection kept open would go on talking to a pod that is on its way out.
		Client: &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}},
	}
}

func check(url string) error {
	if err := serve.Await(url); err != nil {
		return err
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(url + "/")
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("GET /: %s", answer.Status)
	}
	log.Print("ok: the page is served")
	return nil
}
