// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"pie"
)

const echo = "echo@0.1.0"

// limit is how long anything may take that should be soon; nothing is timed.
const limit = 60 * time.Second

func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		code = leaks()
	}
	os.Exit(code)
}

// leaks looks for goroutines of this package that are left when all is closed.
func leaks() int {
	stacks := ""
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		runtime.GC() // forgotten handles are those of tests about them
		text := make([]byte, 1<<20)
		stacks = string(text[:runtime.Stack(text, true)])
		if !strings.Contains(stacks, "pie.(*") {
			return 0
		}
	}
	fmt.Println("goroutines are left:\n" + stacks)
	return 1
}

func getenv(t testing.TB, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run tests/go", name)
	}
	return value
}

func uri04(t testing.TB) string { return getenv(t, "PIE_TEST_URI_04") }
func uri05(t testing.TB) string { return getenv(t, "PIE_TEST_URI_05") }

// soon is a context that ends when something hangs.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	t.Cleanup(cancel)
	return ctx
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func mustBe(t testing.TB, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("expected %v, got %v", wanted, err)
	}
}

// engine is a scripted engine of one test's own.
type engine struct {
	uri     string
	command *exec.Cmd
}

func startEngine(t testing.TB, flags ...string) engine {
	t.Helper()
	command := exec.Command(getenv(t, "PIE_TEST_ENGINE"), append([]string{"--port", "0"}, flags...)...)
	input, err := command.StdinPipe()
	must(t, err)
	output, err := command.StdoutPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() { input.Close(); command.Wait() })
	line, err := bufio.NewReader(output).ReadString('\n')
	must(t, err)
	uri, isReady := strings.CutPrefix(strings.TrimSpace(line), "READY ")
	if !isReady {
		t.Fatalf("the engine said %q", line)
	}
	return engine{uri, command}
}

// connect gives a client that is logged in, and closed at the end.
func connect(t testing.TB, uri string, options ...pie.Option) *pie.Client {
	t.Helper()
	// A released engine 0.4 does not answer a goodbye, so each close takes as long as it may.
	c, err := pie.Connect(soon(t), uri, append([]pie.Option{pie.CloseTimeout(10 * time.Millisecond)}, options...)...)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	must(t, c.Authenticate(soon(t), "me", nil))
	return c
}

func script(ops string) json.RawMessage { return json.RawMessage(`{"ops": ` + ops + `}`) }

func launch(t testing.TB, c *pie.Client, ops string, options ...pie.LaunchOption) *pie.Process {
	t.Helper()
	p, err := c.Launch(soon(t), echo, script(ops), options...)
	must(t, err)
	t.Cleanup(func() { p.Close() })
	return p
}

// look asks the scripted engine about itself.
func look(t testing.TB, c *pie.Client, record string) string {
	t.Helper()
	answer, err := c.Query(soon(t), "scripted", record)
	must(t, err)
	return answer
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true: %s", what)
		}
	}
}

func messageOf(t testing.TB, p *pie.Process) string {
	t.Helper()
	event, err := p.Recv(soon(t))
	must(t, err)
	message, is := event.(pie.Message)
	if !is {
		t.Fatalf("expected a message, got %T %+v", event, event)
	}
	return message.Text
}

func expect[T comparable](t testing.TB, what string, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("%s: expected %v, got %v", what, wanted, got)
	}
}

// under gives the URI with faults that the engine is to show.
func under(uri, faults string) string { return uri + "/?" + faults }
