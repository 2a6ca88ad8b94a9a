// Package serve runs a handler as a well-behaved pod: it answers /healthz and /version, logs one line a request, and
// on SIGTERM goes on serving until Kubernetes has stopped sending it requests.
package serve

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"os/signal"
	"syscall"
	"time"
)

const (
	drain    = time.Second     // until every node has taken this pod out of the Service
	shutdown = 3 * time.Second // for requests under way; drain + shutdown < terminationGracePeriodSeconds
	known    = 5 * time.Second // until every node has heard of a Service's pods, which may be after they are ready
)

// Until serves `handler` on `address` until SIGTERM or SIGINT.
func Until(address, commit string, handler http.Handler) error {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	server := &http.Server{Addr: address, Handler: Handler(commit, handler), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	log.Printf("commit %s listens on %s", commit, address)
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	time.Sleep(drain)
	deadline, done := context.WithTimeout(context.Background(), shutdown)
	defer done()
	if err := server.Shutdown(deadline); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}

// Await returns as soon as a server of this kind answers at `url`, else the last error.
func Await(url string) error {
	client := http.Client{Timeout: 2 * time.Second}
	for began := time.Now(); ; time.Sleep(200 * time.Millisecond) {
		answer, err := client.Get(url + "/healthz")
		if err == nil {
			return answer.Body.Close()
		}
		if time.Since(began) > known {
			return err
		}
	}
}

// Handler adds /healthz, /version and the request log to `handler`.
func Handler(commit string, handler http.Handler) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"commit\":%q}\n", commit)
	})
	mux.Handle("/", logged(handler))
	return mux
}

func logged(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		answer := &answer{ResponseWriter: w, status: http.StatusOK}
		handler.ServeHTTP(answer, r)
		log.Printf("%s %s %d %s", r.Method, r.URL.Path, answer.status, time.Since(began).Round(time.Microsecond))
	})
}

type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}
