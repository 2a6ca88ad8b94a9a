// Package checks holds what a customer must be able to do, whichever services are behind the storefront.
package checks

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"strings"
	"time"
)

// Check is one promise of the shop. Run returns what was expected and what came instead.
type Check struct {
	Name string
	Run  func(url string) error
}

// All checks, in the order in which they run.
var All = []Check{
	{"see-the-products", seeTheProducts},
	{"buy-something", buySomething},
	{"keep-what-was-bought", keepWhatWasBought},
}

func seeTheProducts(url string) error {
	return expectPage(customer(), url, "- tea: ")
}

func buySomething(url string) error {
	return buy(customer(), url, "tea")
}

func keepWhatWasBought(url string) error {
	client := customer()
	for _, product := range []string{"tea", "mug"} {
		if err := buy(client, url, product); err != nil {
			return err
		}
	}
	return expectPage(client, url, "In your cart: 2 items")
}

// customer is a browser with an empty cookie jar.
func customer() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: 10 * time.Second}
}

func expectPage(client *http.Client, url, want string) error {
	answer, err := client.Get(url + "/")
	if err != nil {
		return err
	}
	status, body := read(answer)
	if status != http.StatusOK || !strings.Contains(body, want) {
		return fmt.Errorf("GET /: expected 200 and %q, got %d: %s", want, status, body)
	}
	return nil
}

func buy(client *http.Client, url, product string) error {
	answer, err := client.Post(url+"/buy", "application/json", strings.NewReader(fmt.Sprintf(`{"product":%q}`, product)))
	if err != nil {
		return err
	}
	status, body := read(answer)
	if status != http.StatusOK {
		return fmt.Errorf("POST /buy %s: expected 200, got %d: %s", product, status, body)
	}
	var receipt struct {
		Bought     string `json:"bought"`
		PriceCents int    `json:"price_cents"`
	}
	if err := json.Unmarshal([]byte(body), &receipt); err != nil {
		return fmt.Errorf("POST /buy %s: expected a receipt, got %s", product, body)
	}
	if receipt.Bought != product || receipt.PriceCents <= 0 {
		return fmt.Errorf("POST /buy %s: expected it with its price, got %s", product, body)
	}
	return nil
}

func read(answer *http.Response) (int, string) {
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 1<<14))
	if err != nil {
		return answer.StatusCode, err.Error()
	}
	return answer.StatusCode, strings.TrimSpace(string(body))
}
