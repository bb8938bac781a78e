// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import "unsafe"

// closeTag is the tag of a client's close; those of calls begin at 1.
const closeTag = 0

// pump is a client's one goroutine: it takes batches of events and brings each to whoever waits for it, until the client
// is closed. It sleeps inside the library, which holds one thread.
func (c *core) pump(batch *C.pie_go_batch) {
	ends := ends{}
	for !ends.all() {
		if status := C.pie_go_receive(c.queue, batch); status != C.PIE_OK {
			break // it was never connected, or the library was shut down
		}
		c.route(batch, &ends)
		C.pie_go_release(batch)
	}
	c.end()
	C.free(unsafe.Pointer(batch))
}

// ends is what a client's goroutine has seen of the end.
type ends struct{ isClosed, isTold bool }

// all says that nothing comes any more: the close has come, and the news of it.
func (e *ends) all() bool { return e.isClosed && e.isTold }

func (c *core) route(batch *C.pie_go_batch, ends *ends) {
	var last *stream
	for i := range int(batch.count) {
		event := batch.events[i]
		switch event.kind {
		case C.PIE_EVENT_DONE:
			c.routeDone(event, eventError(batch, i), ends)
		case C.PIE_EVENT_PROGRESS:
			c.routeProgress(event)
		case C.PIE_EVENT_CONNECTION:
			ends.isTold = ends.isTold || event.status == C.PIE_E_CLOSED
			c.news.add(event, eventError(batch, i))
		case C.PIE_EVENT_MCP_REQUEST:
			if c.routeRequest(event) {
				batch.events[i] = nil // the tool's goroutine frees it
			}
		default:
			// Events of one process often come one after another.
			if last == nil || last.tag != uint64(event.tag) {
				last = c.stream(uint64(event.tag))
			}
			if last != nil {
				c.deliver(last, newRecord(event, eventError(batch, i)))
			}
		}
	}
}

func eventError(batch *C.pie_go_batch, i int) error {
	if batch.texts[i] == nil {
		return nil
	}
	return &Error{Status: Status(batch.events[i].status), Message: C.GoString(batch.texts[i]),
		Retriable: batch.is_retriable[i] != 0}
}

func (c *core) stream(tag uint64) *stream {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.streams[tag]
}

// routeDone ends a call. What it bears is taken if somebody waits for it, and else released.
func (c *core) routeDone(event *C.pie_event, err error, ends *ends) {
	tag := uint64(event.tag)
	if tag == closeTag {
		ends.isClosed = true
		return
	}
	c.mu.Lock()
	k := c.calls[tag]
	delete(c.calls, tag)
	c.mu.Unlock()
	if k == nil {
		return
	}
	if k.isGivenUp {
		if k.late != nil {
			k.late(event)
		}
		return
	}
	k.finish(event, err)
}

func (k *call) finish(event *C.pie_event, err error) {
	d := done{number: uint64(event.current), text: goText(event.data, event.size)}
	if e, is := err.(*Error); is {
		e.Op, d.err = k.op, e
	} else if k.take != nil {
		k.take(event, &d)
	}
	k.done <- d
}

// routeProgress leaves the newest progress for whoever waits.
func (c *core) routeProgress(event *C.pie_event) {
	c.mu.Lock()
	k := c.calls[uint64(event.tag)]
	c.mu.Unlock()
	if k == nil || k.news == nil {
		return
	}
	select {
	case <-k.news:
	default:
	}
	k.news <- [2]uint64{uint64(event.current), uint64(event.total)}
}

// deliver gives a process's event to its stream. Where that has no room and nothing may be dropped it waits, and then so
// does the whole connection, as soon as the library's own part of the queue is full too.
func (c *core) deliver(s *stream, r record) {
	for !s.add(&r, c.isClosing()) {
		c.hold(s)
		select {
		case <-s.room:
		case <-c.closing:
		}
		c.hold(nil)
	}
	if r.isLast() {
		c.dropStreams([]*stream{s})
	}
}

func (c *core) isClosing() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

func (c *core) hold(s *stream) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heldBy = s
}

// end tells everybody who still waits, and frees the client.
func (c *core) end() {
	c.mu.Lock()
	c.isOver = true
	calls, streams, tools := c.calls, c.streams, c.tools
	c.calls, c.streams, c.tools = nil, nil, nil
	c.mu.Unlock()
	for _, k := range calls {
		k.done <- done{err: closedError(k.op)}
	}
	for _, s := range streams {
		s.cut(closedError(""))
	}
	for _, t := range tools {
		t.cancel()
	}
	c.news.end()
	c.native.close()
	close(c.over)
}
