// Command oracle says what Helm's own libraries make of what stands on its standard input, one line of JSON for each line.
// Headway reads the same formats in Python; its tests hold the one against the other.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/Masterminds/semver/v3"
	"github.com/distribution/reference"
	"golang.org/x/sys/unix"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	repo "helm.sh/helm/v4/pkg/repo/v1"
)

type question struct {
	Text                                    string
	Constraint, Version, Other, Name, Alias string
}

type answer map[string]any

var oracles = map[string]func(question) (answer, error){
	"chart": ofChart, "constraint": ofConstraint, "image": ofImage, "index": ofIndex, "values": ofValues, "version": ofVersion,
}

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	if len(os.Args) != 2 || oracles[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: oracle chart|constraint|image|index|values|version")
		os.Exit(2)
	}
	in, out := json.NewDecoder(bufio.NewReader(os.Stdin)), bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		var asked question
		if err := in.Decode(&asked); err == io.EOF {
			return
		} else if err != nil {
			fmt.Fprintln(os.Stderr, "oracle:", err)
			os.Exit(1)
		}
		said, err := oracles[os.Args[1]](asked)
		if err != nil {
			said = answer{"error": err.Error()}
		}
		json.NewEncoder(out).Encode(said)
	}
}

// ofConstraint: whether it admits a version.
func ofConstraint(asked question) (answer, error) {
	constraint, err := semver.NewConstraint(asked.Constraint)
	if err != nil {
		return nil, err
	}
	version, err := semver.NewVersion(asked.Version)
	return answer{"admits": err == nil && constraint.Check(version)}, nil
}

// ofVersion: whether it is one without any leniency, and -1, 0 or 1 where it is below, as, or above another.
func ofVersion(asked question) (answer, error) {
	version, err := semver.NewVersion(asked.Version)
	if err != nil {
		return nil, err
	}
	_, strict := semver.StrictNewVersion(strings.TrimPrefix(asked.Version, "v"))
	said := answer{"strict": strict == nil}
	if other, err := semver.NewVersion(asked.Other); err == nil {
		said["compared"] = version.Compare(other)
	}
	return said, nil
}

// ofImage: its parts, as container runtimes read them.
func ofImage(asked question) (answer, error) {
	named, err := reference.ParseNormalizedNamed(asked.Text)
	if err != nil {
		return nil, err
	}
	said := answer{"host": reference.Domain(named), "path": reference.Path(named), "tag": "", "digest": ""}
	if tagged, ok := named.(reference.Tagged); ok {
		said["tag"] = tagged.Tag()
	}
	if digested, ok := named.(reference.Digested); ok {
		said["digest"] = digested.Digest().String()
	}
	return said, nil
}

// ofChart: whether Helm loads a Chart.yaml of that name, version and alias of a dependency.
func ofChart(asked question) (answer, error) {
	needs := &chart.Dependency{Name: "a", Alias: asked.Alias}
	metadata := chart.Metadata{APIVersion: "v2", Name: asked.Name, Version: asked.Version, Dependencies: []*chart.Dependency{needs}}
	return answer{"name": metadata.Name}, metadata.Validate()
}

// ofValues: what a file of values holds.
func ofValues(asked question) (answer, error) {
	values, err := loader.LoadValues(strings.NewReader(asked.Text))
	return answer{"values": values}, err
}

// ofIndex: versions by chart that can be fetched, in Helm's order, and the one that it finds for a constraint.
func ofIndex(asked question) (answer, error) {
	written, err := memory()
	if err != nil {
		return nil, err
	}
	defer written.Close()
	if _, err := written.WriteString(asked.Text); err != nil {
		return nil, err
	}
	index, err := repo.LoadIndexFile(fmt.Sprintf("/proc/self/fd/%d", written.Fd()))
	if err != nil {
		return nil, err
	}
	entries := map[string][]string{}
	for name, versions := range index.Entries {
		for _, each := range versions {
			if len(each.URLs) > 0 {
				entries[name] = append(entries[name], each.Version)
			}
		}
	}
	said := answer{"entries": entries}
	if found, err := index.Get(asked.Name, asked.Constraint); err == nil {
		said["found"] = found.Version
	}
	return said, nil
}

// memory: a file on no disk, since Helm reads indexes from files alone.
func memory() (*os.File, error) {
	descriptor, err := unix.MemfdCreate("index.yaml", 0)
	return os.NewFile(uintptr(descriptor), "index.yaml"), err
}
