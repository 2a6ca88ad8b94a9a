// Command distribution2 is the registry as `registry:2` has it, with files as its storage, open or with htpasswd.
// The module's own program needs every storage driver, and a module for certificates that nobody offers any more.
package main

import (
	"context"
	"fmt"
	"net/http"
	"os"

	"github.com/docker/distribution/configuration"
	_ "github.com/docker/distribution/registry/auth/htpasswd"
	"github.com/docker/distribution/registry/handlers"
	_ "github.com/docker/distribution/registry/storage/driver/filesystem"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "distribution2:", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: %s CONFIG.yml", os.Args[0])
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		return err
	}
	defer file.Close()
	config, err := configuration.Parse(file)
	if err != nil {
		return err
	}
	return http.ListenAndServe(config.HTTP.Addr, handlers.NewApp(context.Background(), config))
}
