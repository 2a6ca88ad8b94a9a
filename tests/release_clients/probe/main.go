// The one program of the test chart's image: it waits, or fails and says so.
package main

import (
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == "fail" {
		fmt.Println("probe: the storefront answered 500")
		os.Exit(3)
	}
	if len(os.Args) > 1 && os.Args[1] == "lacks" {
		fmt.Println("start.sh: line 3: migrate: not found")
		os.Exit(127)
	}
	if len(os.Args) > 1 && os.Args[1] == "pass" {
		fmt.Println("probe: all is well")
		return
	}
	fmt.Println("probe: waiting")
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
}
