// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime"
	"time"
)

// Client is a connection to an engine. Any number of goroutines may use it at once. It is closed by [Client.Close]; one
// that is forgotten is closed some time after it and its processes are unreachable.
type Client struct{ core *core }

// Connect connects to an engine, "ws://host:port" or "wss://host:port", and finds out its generation. It tries once;
// ctx bounds it.
func Connect(ctx context.Context, uri string, options ...Option) (*Client, error) {
	if uint32(C.pie_abi_version()) < C.PIE_ABI_VERSION {
		return nil, fail("connect", ErrABIMismatch, "the libpie_client that was loaded is older than these bindings")
	}
	settings, err := newOptions(options)
	if err != nil {
		return nil, err
	}
	defer C.pie_options_free(settings)
	made, err := newCore(limitsOf(options))
	if err != nil {
		return nil, err
	}
	if err := made.connect(ctx, uri, settings); err != nil {
		made.beginClose()
		return nil, err
	}
	client := &Client{made}
	runtime.AddCleanup(client, func(forgotten *core) { forgotten.beginClose() }, made)
	return client, nil
}

func (c *core) connect(ctx context.Context, uri string, settings *C.pie_options) error {
	var a arguments
	address := a.text("uri", uri)
	_, err := c.do(ctx, &call{op: "connect", arguments: &a,
		begin: func(to to) C.pie_status {
			return C.pie_client_connect_async(address, settings, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
		},
		take: func(event *C.pie_event, _ *done) { c.client = C.pie_event_take_client(event) },
	})
	return err
}

// Close closes the connection: calls under way fail with [ErrClosed], streams end with it. It waits until all have, which
// takes no longer than [CloseTimeout] and what MCP servers take to end. A second one waits too. The error is nil.
func (c *Client) Close() error { return c.CloseContext(context.Background()) }

// CloseContext is Close, waiting no longer than ctx; the close then goes on by itself.
func (c *Client) CloseContext(ctx context.Context) error {
	defer runtime.KeepAlive(c)
	return c.core.close(ctx)
}

// Generation is the generation of the engine: "0.4", "0.5", or "" if it is not known.
func (c *Client) Generation() string {
	defer runtime.KeepAlive(c)
	if c.core.native.use() == nil {
		return ""
	}
	defer c.core.native.done()
	switch C.pie_client_generation(c.core.client) {
	case C.PIE_GENERATION_0_1:
		return "0.1"
	case C.PIE_GENERATION_0_2:
		return "0.2"
	case C.PIE_GENERATION_0_4:
		return "0.4"
	case C.PIE_GENERATION_0_5:
		return "0.5"
	case C.PIE_GENERATION_0_6:
		return "0.6"
	}
	return ""
}

// Ping has the engine answer, and gives the time that took. A busy engine answers late.
func (c *Client) Ping(ctx context.Context) (time.Duration, error) {
	d, err := c.ask(ctx, &call{op: "ping", begin: func(to to) C.pie_status {
		return C.pie_client_ping_async(c.native(), C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return time.Duration(d.number), err
}

// Query asks the engine for a fact, such as "model_status" (the record is ignored), and gives the answer, a JSON object.
// Engines 0.4 never answer a subject that they do not know: give ctx a limit.
func (c *Client) Query(ctx context.Context, subject, record string) (string, error) {
	var a arguments
	s, r := a.text("subject", subject), a.text("record", record)
	d, err := c.ask(ctx, &call{op: "query", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_query_async(c.native(), s, r, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return d.text, err
}

// ask makes a call of the client's.
func (c *Client) ask(ctx context.Context, k *call) (done, error) {
	defer runtime.KeepAlive(c)
	if c.core.native.use() == nil {
		k.arguments.done()
		return done{}, closedError(k.op)
	}
	defer c.core.native.done()
	return c.core.do(ctx, k)
}

// native is the pie_client, valid in what begins a call and in what is within native.use.
func (c *Client) native() *C.pie_client { return c.core.client }

// Version is the version of the library, "major.minor.patch".
func Version() string { return C.GoString(C.pie_version()) }
