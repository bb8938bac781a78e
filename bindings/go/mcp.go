// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"unsafe"
)

// ToolFunc answers a request that an inferlet makes of an MCP server, such as "tools/call". What it gives becomes JSON, a
// [json.RawMessage] as it is. An error is answered as one, a [*ToolError] with its code and data. It runs in a goroutine of
// its own for each request. ctx ends with the time that [MCPTimeout] allows, when the tool is unregistered and when the
// client is closed.
type ToolFunc func(ctx context.Context, method string, params json.RawMessage) (any, error)

// ToolError is the error object of an answer. A code of 0 becomes -32000, as that of other errors is.
type ToolError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

// Error gives the message.
func (e *ToolError) Error() string { return e.Message }

type callerKey struct{}

// ToolCaller is the id of the process whose request a ToolFunc answers, by its ctx; "" if it is none of this client's.
func ToolCaller(ctx context.Context) string {
	id, _ := ctx.Value(callerKey{}).(string)
	return id
}

// tool is a function that is registered, and what is under way of it.
type tool struct {
	name    string
	run     ToolFunc
	context context.Context
	cancel  context.CancelFunc

	mu    sync.Mutex
	bytes int
}

// reserve says whether a request may be kept: those under way take up no more than what may wait in the library.
func (t *tool) reserve(size, most int) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.bytes > 0 && t.bytes+size > most {
		return false
	}
	t.bytes += size
	return true
}

// RegisterTool offers the engine's processes an MCP server that is a function, under a name. Engines 0.5 have no MCP:
// [ErrUnsupported]. A request is answered with an error when it takes longer than [MCPTimeout], or when those under way
// are too many: 4096 of a tool, or more than [QueueMaxBytes].
func (c *Client) RegisterTool(ctx context.Context, name string, run ToolFunc) error {
	var a arguments
	text := a.text("name", name)
	tag := c.core.addTool(name, run)
	_, err := c.ask(ctx, &call{op: "register tool", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_register_mcp_handler_async(c.native(), text, to.queue, C.uint64_t(tag), C.PIE_FOREVER,
			to.queue, to.tag, to.op, to.error)
	}})
	if err != nil {
		c.core.dropTools(func(at uint64, _ *tool) bool { return at == tag })
	}
	return err
}

// MCPServer is an MCP server that is a program, which speaks on its standard input and output.
type MCPServer struct {
	// Command is a name that is looked for in PATH, or a path with a slash in it, relative to Dir.
	Command string
	Args    []string
	// Env is "NAME=value" each, added to the environment of this program.
	Env []string
	// Dir is where it runs; "" is where this program does.
	Dir string
}

// RegisterMCPServer starts an MCP server and offers it to the engine's processes under a name. It ends with the client.
func (c *Client) RegisterMCPServer(ctx context.Context, name string, server MCPServer) error {
	var a arguments
	text := a.text("name", name)
	native := C.pie_mcp_server{struct_size: C.uint32_t(unsafe.Sizeof(C.pie_mcp_server{})), command: a.text("command", server.Command),
		args: a.list("args", server.Args), arg_count: C.size_t(len(server.Args)),
		env: a.list("env", server.Env), env_count: C.size_t(len(server.Env)), working_directory: a.optional("working_directory", server.Dir)}
	_, err := c.ask(ctx, &call{op: "register MCP server", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_register_mcp_server_async(c.native(), text, &native, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// Unregister offers a tool or an MCP server no longer: a program is ended, requests under way are answered with an error. It
// does not wait. Engines cannot forget a name.
func (c *Client) Unregister(ctx context.Context, name string) error {
	var a arguments
	defer a.done()
	text := a.text("name", name)
	if a.err != nil {
		return named("unregister", a.err)
	}
	err := c.whileBusy(ctx, "unregister", func(e **C.pie_error) C.pie_status {
		return C.pie_client_unregister_mcp_server(c.native(), text, e)
	})
	if err == nil {
		c.core.dropTools(func(_ uint64, t *tool) bool { return t.name == name })
	}
	return err
}

func (c *core) addTool(name string, run ToolFunc) uint64 {
	t := &tool{name: name, run: run}
	t.context, t.cancel = context.WithCancel(context.Background())
	tag := c.tags(1)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isOver {
		t.cancel()
		return tag
	}
	c.tools[tag] = t
	return tag
}

func (c *core) dropTools(which func(tag uint64, t *tool) bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for tag, t := range c.tools {
		if which(tag, t) {
			t.cancel()
			delete(c.tools, tag)
		}
	}
}

// request is an MCP_REQUEST that was taken. It is answered, and freed, once.
type request struct {
	event  *C.pie_event
	method string
	params json.RawMessage
	caller string
}

// routeRequest says whether a tool has taken the event. One that is not taken is answered with an error as it is freed.
func (c *core) routeRequest(event *C.pie_event) bool {
	c.mu.Lock()
	t := c.tools[uint64(event.tag)]
	c.mu.Unlock()
	if t == nil || !t.reserve(int(event.size), c.limits.queueMaxBytes) {
		return false
	}
	r := request{event: event, method: C.GoString(event.name), params: json.RawMessage(goText(event.data, event.size))}
	if event.process != nil {
		r.caller = C.GoString(C.pie_process_id(event.process))
	}
	go t.answer(r, c.limits)
	return true
}

func (t *tool) answer(r request, limits limits) {
	defer t.reserve(-len(r.params), limits.queueMaxBytes)
	defer C.pie_event_free(r.event)
	ctx := context.WithValue(t.context, callerKey{}, r.caller)
	if limits.toolTimeout > 0 {
		limited, cancel := context.WithTimeout(ctx, limits.toolTimeout)
		defer cancel()
		ctx = limited
	}
	result, err := t.run(ctx, r.method, r.params)
	if err == nil {
		err = r.respond(true, result)
	}
	if err != nil && r.respond(false, errorObject(err)) != nil {
		_ = r.respond(false, err.Error()) // its data may be no JSON; or nobody waits for an answer any more
	}
}

const usualCode = -32000

// errorObject gives what becomes an error object: one, or the text of its message.
func errorObject(err error) any {
	var object *ToolError
	if !errors.As(err, &object) {
		return err.Error()
	}
	filled := *object
	if filled.Code == 0 {
		filled.Code = usualCode
	}
	return filled
}

func (r request) respond(ok bool, value any) error {
	var a arguments
	defer a.done()
	text := a.json("result", value)
	if text == nil {
		text = a.text("result", "null")
	}
	if a.err != nil {
		return a.err
	}
	var object *C.pie_error
	return takeError("respond", C.pie_event_mcp_respond(r.event, flag(ok), text, &object), object)
}
