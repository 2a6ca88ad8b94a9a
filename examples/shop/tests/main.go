// Tests buys something in a running shop and says what went wrong. It exits with 1 if any check failed.
//
//	tests --url http://storefront
package main

import (
	"flag"
	"log"
	"os"
	"time"

	"git.example.com/shop/tests/internal/checks"
)

var commit = os.Getenv("COMMIT") // set by the image

func main() {
	log.SetFlags(0)
	url := flag.String("url", "http://storefront", "address of the storefront")
	flag.Parse()
	log.Printf("tests %s against %s", commit, *url)
	failed := 0
	for _, check := range checks.All {
		began := time.Now()
		err := check.Run(*url)
		took := time.Since(began).Round(time.Millisecond)
		if err != nil {
			failed++
			log.Printf("FAILED %s (%s): %v", check.Name, took, err)
			continue
		}
		log.Printf("passed %s (%s)", check.Name, took)
	}
	if failed > 0 {
		log.Printf("%d of %d checks failed", failed, len(checks.All))
		os.Exit(1)
	}
	log.Printf("all %d checks passed", len(checks.All))
}
