// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"pie"
)

// asks launches a process that asks a tool so often, and gives it once its end is sure to come.
func asks(t *testing.T, c *pie.Client, times int, params string) *pie.Process {
	ops := strings.Repeat(`["mcp","calc","tools/call",`+params+`],`, times)
	return launch(t, c, `[`+ops+`["return","end"]]`)
}

func register(t *testing.T, c *pie.Client, run pie.ToolFunc) {
	t.Helper()
	must(t, c.RegisterTool(soon(t), "calc", run))
}

func TestTool(t *testing.T) {
	c := connect(t, uri04(t))
	callers := make(chan string, 1)
	register(t, c, func(ctx context.Context, method string, params json.RawMessage) (any, error) {
		callers <- pie.ToolCaller(ctx)
		return map[string]string{"method": method, "params": string(params)}, nil
	})
	p := asks(t, c, 1, `{"a":1}`)
	expect(t, "answer", messageOf(t, p), `mcp:ok:{"method":"tools/call","params":"{\"a\":1}"}`)
	expect(t, "caller", <-callers, p.ID())
	mustBe(t, c.RegisterTool(soon(t), "calc", nil), pie.ErrInvalidState)
	must(t, c.Unregister(soon(t), "calc"))
	mustBe(t, c.Unregister(soon(t), "calc"), pie.ErrInvalidState)
	p = asks(t, c, 1, `{}`)
	if text := messageOf(t, p); !strings.HasPrefix(text, "mcp:error:") {
		t.Fatal(text)
	}
}

func TestToolsThatFail(t *testing.T) {
	for name, test := range map[string]struct {
		result any
		err    error
		wanted string
	}{
		"an error":              {nil, errors.New("no"), `{"code":-32000,"message":"no"}`},
		"an error object":       {nil, &pie.ToolError{Code: 7, Message: "no", Data: []int{1}}, `{"code":7,"message":"no","data":[1]}`},
		"without a code":        {nil, &pie.ToolError{Message: "no"}, `{"code":-32000,"message":"no"}`},
		"data that is no JSON":  {nil, &pie.ToolError{Message: "no", Data: func() {}}, `{"code":-32000,"message":"no"}`},
		"a result that is none": {json.RawMessage("{"), nil, ""},
		"a result of no JSON":   {make(chan int), nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, uri04(t))
			register(t, c, func(context.Context, string, json.RawMessage) (any, error) { return test.result, test.err })
			text, isError := strings.CutPrefix(messageOf(t, asks(t, c, 1, `{}`)), "mcp:error:")
			if !isError || test.wanted != "" && text != test.wanted || strings.Contains(text, "without an answer") {
				t.Fatal(text)
			}
		})
	}
}

// What a tool works on ends when nobody waits for it any more.
func TestToolContexts(t *testing.T) {
	for name, end := range map[string]func(c *pie.Client){
		"unregistered": func(c *pie.Client) { must(t, c.Unregister(soon(t), "calc")) },
		"closed":       func(c *pie.Client) { c.Close() },
		"timed out":    func(*pie.Client) {},
	} {
		t.Run(name, func(t *testing.T) {
			allowed := time.Hour
			if name == "timed out" {
				allowed = 20 * time.Millisecond
			}
			c := connect(t, uri04(t), pie.MCPTimeout(allowed))
			began, ended := make(chan bool, 1), make(chan error, 1)
			register(t, c, func(ctx context.Context, _ string, _ json.RawMessage) (any, error) {
				began <- true
				<-ctx.Done()
				ended <- ctx.Err()
				return nil, ctx.Err()
			})
			asks(t, c, 1, `{}`)
			<-began
			end(c)
			if err := <-ended; err == nil {
				t.Fatal("it has not ended")
			}
		})
	}
}

// Requests that wait for a slow tool take up no more memory than queue_max_bytes.
func TestASlowToolIsBounded(t *testing.T) {
	c := connect(t, uri04(t), pie.QueueMaxBytes(1000))
	held, began := make(chan bool), make(chan bool, 2)
	register(t, c, func(ctx context.Context, _ string, _ json.RawMessage) (any, error) {
		began <- true
		<-held
		return "late", nil
	})
	large := `{"text":"` + strings.Repeat("x", 600) + `"}`
	first := asks(t, c, 1, large)
	<-began
	if text := messageOf(t, asks(t, c, 1, large)); !strings.HasPrefix(text, "mcp:error:") {
		t.Fatal(text)
	}
	close(held)
	expect(t, "the first one", messageOf(t, first), `mcp:ok:"late"`)
}

func TestAnMCPServerThatDies(t *testing.T) {
	c := connect(t, uri04(t))
	err := c.RegisterMCPServer(soon(t), "calc", pie.MCPServer{Command: "false"})
	mustBe(t, err, pie.ErrMCP)
	const answer = `read line; echo '{"jsonrpc":"2.0","id":'"$(expr "$line" : '.*"id":\([0-9]*\)')"',"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"x","version":"1"}}}'; read line; read line; exit 3`
	must(t, c.RegisterMCPServer(soon(t), "calc", pie.MCPServer{Command: "sh", Args: []string{"-c", answer}, Env: []string{"A=b"}, Dir: t.TempDir()}))
	p := asks(t, c, 1, `{}`)
	if text := messageOf(t, p); !strings.HasPrefix(text, "mcp:error:") {
		t.Fatal(text)
	}
	_, err = c.Ping(soon(t))
	must(t, err)
}
