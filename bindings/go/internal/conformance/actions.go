// SPDX-License-Identifier: Apache-2.0 OR MIT

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"pie"
)

// arguments are the words behind a step's name; those that are not there are "".
type arguments []string

func (a arguments) at(i int) string {
	if i < len(a) {
		return a[i]
	}
	return ""
}

func (a arguments) number(i int) int {
	n, err := strconv.Atoi(a.at(i))
	if err != nil {
		panic(fmt.Sprintf("a scenario has %q where a number should be", a.at(i)))
	}
	return n
}

type action func(ctx context.Context, st *stage, a arguments) error

// onClient is an action of the current client.
func onClient(f func(ctx context.Context, st *stage, c *pie.Client, a arguments) error) action {
	return func(ctx context.Context, st *stage, a arguments) error {
		c, err := st.client()
		if err != nil {
			return err
		}
		return f(ctx, st, c, a)
	}
}

var actions map[string]action

func init() {
	actions = map[string]action{
		"client":     func(_ context.Context, st *stage, a arguments) error { st.current = a.at(0); return nil },
		"connect":    connect,
		"connect_to": func(ctx context.Context, st *stage, a arguments) error { return st.connect(ctx, a.at(0)) },
		"close":      onClient(func(ctx context.Context, _ *stage, c *pie.Client, _ arguments) error { return c.CloseContext(ctx) }),
		"login": onClient(func(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
			return c.Authenticate(ctx, a.at(0), nil)
		}),
		"login_key":      onClient(loginKey),
		"login_key_text": onClient(loginKeyText),
		"generation":     onClient(generation),
		"ping":           onClient(ping),
		"query":          onClient(query),
		"resolve":        onClient(resolve),
		"install":        onClient(install),
		"install_bytes":  onClient(installBytes),
		"check":          onClient(check),
		"connection":     onClient(connection),
		"tool":           onClient(tool),
		"tool_fails":     onClient(toolFails),
		"untool": onClient(func(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
			return c.Unregister(ctx, a.at(0))
		}),
		"daemon": onClient(func(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
			return c.LaunchDaemon(ctx, a.at(0), uint16(a.number(1)), nil)
		}),
	}
	for word, action := range processActions {
		actions[word] = action
	}
}

func (st *stage) connect(ctx context.Context, uri string, options ...pie.Option) error {
	c, err := pie.Connect(ctx, uri, options...)
	if err == nil {
		st.clients[st.current] = c
	}
	return err
}

func connect(ctx context.Context, st *stage, a arguments) error {
	uri := os.Getenv("PIE_TEST_URI")
	if strings.HasPrefix(a.at(0), "?") {
		uri, a = strings.TrimSuffix(uri, "/")+"/"+a[0], a[1:]
	}
	var options []pie.Option
	for _, word := range a {
		key, value, _ := strings.Cut(word, "=")
		options = append(options, pie.Set(key, value))
	}
	return st.connect(ctx, uri, options...)
}

func loginKey(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	key, err := pie.ReadPrivateKey(os.Getenv("PIE_TEST_KEY"), "")
	if err != nil {
		return err
	}
	defer key.Close()
	return c.Authenticate(ctx, a.at(0), key)
}

func loginKeyText(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	text, err := os.ReadFile(os.Getenv("PIE_TEST_KEY"))
	if err != nil {
		return err
	}
	key, err := pie.ParsePrivateKey(string(text), "")
	if err != nil {
		return err
	}
	defer key.Close()
	return c.Authenticate(ctx, a.at(0), key)
}

func expect(what string, wanted, got any) error {
	if wanted != got {
		return fmt.Errorf("%s: expected %v, got %v", what, wanted, got)
	}
	return nil
}

func generation(_ context.Context, _ *stage, c *pie.Client, _ arguments) error {
	return expect("generation", os.Getenv("PIE_TEST_GENERATION"), c.Generation())
}

func ping(ctx context.Context, _ *stage, c *pie.Client, _ arguments) error {
	took, err := c.Ping(ctx)
	if err != nil {
		return err
	}
	return expect("took more than 0", true, took > 0)
}

func query(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	answer, err := c.Query(ctx, a.at(0), a.at(1))
	if err == nil && !strings.Contains(answer, a.at(2)) {
		err = fmt.Errorf("no %q in %q", a.at(2), answer)
	}
	return err
}

func resolve(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	version, err := c.ResolveVersion(ctx, a.at(0), os.Getenv("PIE_TEST_REGISTRY")+"/detail")
	if err != nil {
		return err
	}
	return expect("version", a.at(1), version)
}

func install(ctx context.Context, _ *stage, c *pie.Client, _ arguments) error {
	return c.InstallProgram(ctx, os.Getenv("PIE_TEST_ECHO_WASM"), os.Getenv("PIE_TEST_ECHO_MANIFEST"), pie.Overwrite())
}

func installBytes(ctx context.Context, _ *stage, c *pie.Client, _ arguments) error {
	program, err := os.ReadFile(os.Getenv("PIE_TEST_ECHO_WASM"))
	if err != nil {
		return err
	}
	manifest, err := os.ReadFile(os.Getenv("PIE_TEST_ECHO_MANIFEST"))
	if err != nil {
		return err
	}
	return c.InstallProgramBytes(ctx, program, string(manifest), pie.Overwrite())
}

func check(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	has, err := c.CheckProgram(ctx, a.at(0))
	if err != nil {
		return err
	}
	return expect("the engine has it", a.at(1) == "yes", has)
}

func connection(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	for event, err := range c.ConnectionEvents(ctx) {
		if err != nil {
			return err
		}
		return expect("status", a.at(0), statusOf(event.Err))
	}
	return fmt.Errorf("no event of the connection will come")
}

func tool(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	type answer struct {
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	return c.RegisterTool(ctx, a.at(0), func(_ context.Context, method string, params json.RawMessage) (any, error) {
		return answer{method, params}, nil
	})
}

func toolFails(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	return c.RegisterTool(ctx, a.at(0), func(context.Context, string, json.RawMessage) (any, error) {
		return nil, &pie.ToolError{Message: "no"}
	})
}

// lookAgain is how often a list is asked for that has to change.
const lookAgain = 5 * time.Millisecond

// ids are those of the processes that run.
func ids(ctx context.Context, c *pie.Client) (map[string]bool, error) {
	processes, err := c.Processes(ctx)
	found := map[string]bool{}
	for _, p := range processes {
		found[p.ID] = true
	}
	return found, err
}
