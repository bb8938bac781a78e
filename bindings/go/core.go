// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"sync"
	"time"
	"unsafe"
)

// core is what a Client, its processes and its one goroutine share. It knows no Client and no Process, so that these can
// be found to be unreachable while the goroutine waits.
type core struct {
	// native guards queue and client, which are freed together.
	native handle
	queue  *C.pie_queue
	client *C.pie_client
	limits limits
	news   news

	mu      sync.Mutex
	nextTag uint64
	calls   map[uint64]*call
	streams map[uint64]*stream
	tools   map[uint64]*tool
	// isOver: the goroutine has ended, so that nothing is delivered any more.
	isOver bool
	// heldBy is the stream that has no room (overflow=pause); nothing else is delivered meanwhile.
	heldBy *stream

	closing     chan struct{}
	over        chan struct{}
	beginsClose sync.Once
}

// limits are those options of a client that this package itself has to keep.
type limits struct {
	queueMaxBytes int
	pauses        bool
	toolTimeout   time.Duration
}

func newCore(limits limits) (*core, error) {
	queue := C.pie_queue_new()
	batch := (*C.pie_go_batch)(C.calloc(1, C.size_t(unsafe.Sizeof(C.pie_go_batch{}))))
	if queue == nil || batch == nil {
		C.pie_queue_free(queue)
		C.free(unsafe.Pointer(batch))
		return nil, fail("connect", ErrNoMemory, "no memory for a queue")
	}
	c := &core{queue: queue, limits: limits, news: newNews(), calls: map[uint64]*call{}, streams: map[uint64]*stream{},
		tools: map[uint64]*tool{}, closing: make(chan struct{}), over: make(chan struct{})}
	c.native = handle{pointer: unsafe.Pointer(queue), free: func(unsafe.Pointer) {
		C.pie_client_free(c.client)
		C.pie_queue_free(c.queue)
	}}
	go c.pump(batch)
	return c, nil
}

// tags gives the first of count tags in a row.
func (c *core) tags(count int) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	first := c.nextTag + 1
	c.nextTag += uint64(count)
	return first
}

// call is an asynchronous call of the library that somebody waits for.
type call struct {
	op string
	// arguments are those of begin; they are wiped when it is done. They may be nil.
	arguments *arguments
	// begin makes the call: an _async function with all its arguments but those that to has.
	begin func(to) C.pie_status
	// take runs in the client's goroutine and takes what DONE bears; nil where it bears nothing to be taken.
	take func(*C.pie_event, *done)
	// late runs there when DONE bears something that nobody waits for any more; nil: it goes with the event.
	late func(*C.pie_event)
	// progress is told how far an upload has come, by the goroutine that waits.
	progress func(sent, total uint64)

	tag  uint64
	done chan done
	news chan [2]uint64
	// isGivenUp: nobody waits any more.
	isGivenUp bool
}

// to is where an asynchronous call reports.
type to struct {
	queue *C.pie_queue
	tag   C.uint64_t
	op    **C.pie_op
	error **C.pie_error
}

// done is how a call has ended.
type done struct {
	err     error
	number  uint64
	text    string
	handles []unsafe.Pointer
}

// do makes a call and waits for its end, or for that of the context.
func (c *core) do(ctx context.Context, k *call) (done, error) {
	operation, err := c.start(ctx, k)
	if err != nil {
		return done{}, err
	}
	if operation != nil {
		defer C.pie_op_free(operation)
	}
	for {
		select {
		case d := <-k.done:
			return d, d.err
		case at := <-k.news:
			k.progress(at[0], at[1])
		case <-ctx.Done():
			if c.giveUp(k) {
				C.pie_op_cancel(operation)
				return done{}, c.held(contextError(ctx, k.op))
			}
			d := <-k.done // it was just being delivered
			return d, d.err
		}
	}
}

// start begins a call. The pie_op is nil where the context cannot end.
func (c *core) start(ctx context.Context, k *call) (*C.pie_op, error) {
	defer k.arguments.done()
	if k.arguments != nil && k.arguments.err != nil {
		return nil, named(k.op, k.arguments.err)
	}
	if ctx.Err() != nil {
		return nil, contextError(ctx, k.op)
	}
	k.done, k.tag = make(chan done, 1), c.tags(1)
	if k.progress != nil {
		k.news = make(chan [2]uint64, 1)
	}
	if !c.expect(k) {
		return nil, closedError(k.op)
	}
	var operation *C.pie_op
	var object *C.pie_error
	place := &operation
	if ctx.Done() == nil {
		place = nil
	}
	if status := k.begin(to{c.queue, C.uint64_t(k.tag), place, &object}); status != C.PIE_OK {
		c.forget(k.tag)
		return nil, takeError(k.op, status, object)
	}
	return operation, nil
}

func (c *core) expect(k *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isOver {
		return false
	}
	c.calls[k.tag] = k
	return true
}

func (c *core) forget(tag uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.calls, tag)
}

// giveUp says whether the call is still to be delivered; then nobody waits for it from now on.
func (c *core) giveUp(k *call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	k.isGivenUp = c.calls[k.tag] == k
	return k.isGivenUp
}

// held adds to an error which process holds everything up, if one does.
func (c *core) held(e *Error) *Error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.heldBy != nil {
		e.Message += "; nothing is received while the events of process " + c.heldBy.name() + " wait to be taken (overflow=pause)"
	}
	return e
}

// beginClose has the connection closed; the goroutine ends when it is.
func (c *core) beginClose() {
	c.beginsClose.Do(func() {
		close(c.closing)
		if c.native.use() == nil {
			return
		}
		defer c.native.done()
		if c.client == nil { // it was never connected
			C.pie_queue_interrupt(c.queue)
			return
		}
		var object *C.pie_error
		if C.pie_client_close_async(c.client, C.PIE_FOREVER, c.queue, closeTag, nil, &object) != C.PIE_OK {
			C.pie_error_free(object) // shut down, which the goroutine finds out itself
		}
	})
}

// close waits for the end of the connection.
func (c *core) close(ctx context.Context) error {
	c.beginClose()
	select {
	case <-c.over:
		return nil
	case <-ctx.Done():
		return contextError(ctx, "close")
	}
}
