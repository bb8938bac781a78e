// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"io"
	"iter"
	"runtime"
	"sync"
)

// newest is how many connection events are kept for whoever does not look, as in the library.
const newest = 64

// ConnectionEvent tells what happened to a client's connection.
type ConnectionEvent struct {
	// Err is nil when the connection was made, [ErrClosed] when it was closed, which is the last event, and otherwise why
	// it was lost or why an attempt to make it again failed.
	Err error
	// Attempt of Attempts is the one that succeeded or failed, with [Reconnect]. A loss is 0 of Attempts, a loss for good
	// 0 of 0.
	Attempt, Attempts uint64
	// Sequence is 0, 1, 2 … also of what was too old to be kept: the newest 64 are.
	Sequence uint64
}

// ConnectionEvents gives what happened and happens to the connection, from the connect on. It ends after the client was
// closed, or with the error of ctx; another one goes on from there. A program need not look: every call and stream tells
// by itself what a loss has ended.
func (c *Client) ConnectionEvents(ctx context.Context) iter.Seq2[ConnectionEvent, error] {
	return func(yield func(ConnectionEvent, error) bool) {
		defer runtime.KeepAlive(c)
		for {
			event, err := c.core.news.take(ctx)
			if err == io.EOF || !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// news is what waits of it.
type news struct {
	mu      sync.Mutex
	waiting []ConnectionEvent
	isOver  bool
	changed chan struct{}
}

func newNews() news { return news{changed: make(chan struct{})} }

func (n *news) add(event *C.pie_event, err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e, is := err.(*Error); is {
		e.Op = "connection"
	}
	if len(n.waiting) == newest {
		n.waiting = n.waiting[1:]
	}
	n.waiting = append(n.waiting, ConnectionEvent{err, uint64(event.current), uint64(event.total), uint64(event.sequence)})
	n.tell()
}

func (n *news) end() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.isOver = true
	n.tell()
}

// tell wakes all who wait.
func (n *news) tell() {
	close(n.changed)
	n.changed = make(chan struct{})
}

func (n *news) take(ctx context.Context) (ConnectionEvent, error) {
	for {
		n.mu.Lock()
		event, has, changed := ConnectionEvent{}, len(n.waiting) > 0, n.changed
		isOver := n.isOver
		if has {
			event, n.waiting = n.waiting[0], n.waiting[1:]
		}
		n.mu.Unlock()
		if has {
			return event, nil
		}
		if isOver {
			return event, io.EOF
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return event, contextError(ctx, "connection events")
		}
	}
}
