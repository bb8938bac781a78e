// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"pie"
)

// unused are functions of the header that Go has no use for, and why.
var unused = map[string]string{
	"pie_string_free":            "texts come in events here",
	"pie_client_queue":           "the asynchronous connect tells the news of its connection",
	"pie_process_recv":           "all processes of a client share its queue",
	"pie_process_queue":          "all processes of a client share its queue",
	"pie_process_result":         "the end of a process is an event of the shared queue",
	"pie_process_set_callback":   "the client's goroutine receives",
	"pie_process_clear_callback": "the client's goroutine receives",
	"pie_queue_recv":             "batches are received",
	"pie_queue_set_callback":     "the client's goroutine receives",
	"pie_queue_clear_callback":   "the client's goroutine receives",
	"pie_queue_dispatch":         "the client's goroutine receives",
	"pie_queue_set_wakeup":       "the client's goroutine receives",
	"pie_queue_fd":               "the client's goroutine receives",
	"pie_error_status":           "every call returns it beside its error",
}

func TestEveryFunctionOfTheHeaderIsReachable(t *testing.T) {
	header, err := os.ReadFile(getenv(t, "PIE_TEST_HEADER"))
	must(t, err)
	source := ""
	files, err := filepath.Glob("*")
	must(t, err)
	for _, name := range files {
		if isSource := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") || name == "bridge.h"; isSource {
			text, err := os.ReadFile(name)
			must(t, err)
			source += string(text)
		}
	}
	functions := regexp.MustCompile(`(?m)^[a-z].*?\*?(pie_[a-z0-9_]+)\(`).FindAllStringSubmatch(string(header), -1)
	if len(functions) < 90 {
		t.Fatalf("only %d functions were found", len(functions))
	}
	for _, function := range functions {
		name := function[1]
		called := regexp.MustCompile(`\b` + name + `(_async)?\(`).MatchString(source)
		if reason := unused[name]; called == (reason != "") {
			t.Errorf("%s: called %v, reason not to: %q", name, called, reason)
		}
	}
}

func TestEveryStatusHasItsError(t *testing.T) {
	header, err := os.ReadFile(getenv(t, "PIE_TEST_HEADER"))
	must(t, err)
	source, err := os.ReadFile("errors.go")
	must(t, err)
	defined := regexp.MustCompile(`#define (PIE_E_\w+) \((-\d+)\)`).FindAllStringSubmatch(string(header), -1)
	for _, define := range defined {
		if !strings.Contains(string(source), "C."+define[1]+" ") {
			t.Errorf("there is no error for %s", define[1])
		}
		var number int
		fmt.Sscan(define[2], &number)
		expect(t, "name", pie.Status(number).Error(), define[1])
	}
	if len(defined) < 20 {
		t.Fatal("only few were found")
	}
}

func TestTheReadmeShowsTheExample(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	must(t, err)
	example, err := os.ReadFile("example_test.go")
	must(t, err)
	_, code, _ := strings.Cut(string(readme), "```go\n")
	code, _, hasEnd := strings.Cut(code, "```")
	if !hasEnd || !strings.Contains(string(example), code) {
		t.Fatal("README.md has other code than example_test.go")
	}
}
