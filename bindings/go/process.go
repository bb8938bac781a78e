// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"io"
	"iter"
	"runtime"
	"time"
	"unsafe"
)

// Process is one run of an inferlet. Any number of goroutines may use it at once. It keeps its client open. One that is
// forgotten is let go of some time after it is unreachable, as by [Process.Close].
type Process struct {
	client *Client
	share  *share
	id     string
}

// share is what a process has to give back.
type share struct {
	core   *core
	stream *stream
	native handle
}

func newProcess(c *Client, s *stream, native *C.pie_process) *Process {
	id := C.GoString(C.pie_process_id(native))
	s.setID(id)
	held := &share{core: c.core, stream: s, native: handle{pointer: unsafe.Pointer(native),
		free: func(p unsafe.Pointer) { C.pie_process_free((*C.pie_process)(p)) }}}
	p := &Process{client: c, share: held, id: id}
	runtime.AddCleanup(p, func(held *share) { held.letGo() }, held)
	return p
}

func (h *share) letGo() {
	h.core.dropStreams([]*stream{h.stream})
	h.stream.letGo(fail("", ErrClosed, "the process was let go of"))
	h.native.close()
}

// ID is the process's id, as the engine spells it; "" for one of [NoCapture] on an engine 0.5.
func (p *Process) ID() string { return p.id }

// Recv takes the oldest event, and waits for one until ctx ends; nothing is lost then. An inferlet that failed, was
// terminated ([ErrCancelled]) or is out of reach ([ErrDisconnected], [ErrClosed]) is an [Error], once. After the last
// event, that error or a [Return], it is io.EOF each time. Of several goroutines each event comes to one.
func (p *Process) Recv(ctx context.Context) (Event, error) {
	defer runtime.KeepAlive(p)
	for {
		if ctx.Err() != nil {
			return nil, contextError(ctx, "receive")
		}
		r, err := p.share.stream.take(ctx)
		if err != nil {
			return nil, receiveError(err)
		}
		if event, err := r.event(); event != nil || err != nil {
			return event, receiveError(err)
		}
	}
}

// TryRecv takes an event that is there; nil and no error where there is none now. Otherwise it is as Recv.
func (p *Process) TryRecv() (Event, error) {
	defer runtime.KeepAlive(p)
	for {
		r, has, err := p.share.stream.try()
		if err != nil || !has {
			return nil, receiveError(err)
		}
		if event, err := r.event(); event != nil || err != nil {
			return event, receiveError(err)
		}
	}
}

func receiveError(err error) error {
	e, is := err.(*Error)
	if !is || e.Op != "" {
		return err
	}
	own := *e // it may be somebody else's too
	own.Op = "process"
	return &own
}

// Events gives the events as they come, for range: the loop ends after the last one. A failure, of the process or of ctx,
// is the last error of the loop. Leaving the loop loses nothing: another one goes on.
func (p *Process) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		for {
			event, err := p.Recv(ctx)
			if err == io.EOF || !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Result waits for the end, whoever takes the events, and gives what the inferlet returned. Events that nobody has taken
// by then are dropped; those of a process that nobody has received from are not kept for ctx's sake with [OverflowPause].
// Asked again, it gives the same.
func (p *Process) Result(ctx context.Context) (string, error) {
	defer runtime.KeepAlive(p)
	if ctx.Err() != nil {
		return "", contextError(ctx, "result")
	}
	r, err := p.share.stream.result(ctx)
	if err != nil {
		if e, is := receiveError(err).(*Error); is && e.Status != ErrClosed {
			err = p.client.core.held(e)
		}
		return "", receiveError(err)
	}
	if r.kind == C.PIE_EVENT_RETURN {
		return r.text, nil
	}
	_, err = r.event()
	return "", receiveError(err)
}

// Signal sends the process a text, which it receives in the order of the calls. It waits only while the outgoing buffer is
// full. Engines do not acknowledge signals.
func (p *Process) Signal(ctx context.Context, message string) error {
	var a arguments
	defer a.done()
	text := a.text("message", message)
	native, err := p.use("signal", &a)
	if err != nil {
		return err
	}
	defer p.share.native.done()
	return p.client.whileBusy(ctx, "signal", func(e **C.pie_error) C.pie_status {
		return C.pie_process_signal(native, text, e)
	})
}

// SendFile sends the process a file from memory. Engines drop it without a word unless the inferlet is waiting for one:
// have it send a message when it is. They do not acknowledge files.
func (p *Process) SendFile(ctx context.Context, data []byte, options ...UploadOption) error {
	return p.ask(ctx, &call{op: "send file", progress: newUpload(options).progress}, func(native *C.pie_process, to to) C.pie_status {
		return C.pie_process_transfer_file_async(native, start(data), C.size_t(len(data)), C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	})
}

// SendPath sends the process a file from disk, which is read while it is sent; see SendFile.
func (p *Process) SendPath(ctx context.Context, path string, options ...UploadOption) error {
	a := &arguments{}
	name := a.text("path", path)
	return p.ask(ctx, &call{op: "send file", arguments: a, progress: newUpload(options).progress}, func(native *C.pie_process, to to) C.pie_status {
		return C.pie_process_transfer_path_async(native, name, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	})
}

// Terminate has the engine end the process, whose stream then fails with [ErrCancelled] unless it ended by itself first.
// One that has ended is nil too.
func (p *Process) Terminate(ctx context.Context) error {
	return p.ask(ctx, &call{op: "terminate"}, func(native *C.pie_process, to to) C.pie_status {
		return C.pie_process_terminate_async(native, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	})
}

// Close lets go of the process: the inferlet runs on, until it ends or an engine ends it with the connection. What waits
// is dropped, and receives fail with [ErrClosed]. It never waits, and its error is nil.
func (p *Process) Close() error {
	defer runtime.KeepAlive(p)
	p.share.letGo()
	return nil
}

// use gives the pie_process until share.native.done.
func (p *Process) use(op string, a *arguments) (*C.pie_process, error) {
	if a != nil && a.err != nil {
		return nil, named(op, a.err)
	}
	native := (*C.pie_process)(p.share.native.use())
	if native == nil {
		return nil, fail(op, ErrClosed, "the process was let go of")
	}
	return native, nil
}

// ask makes a call about the process.
func (p *Process) ask(ctx context.Context, k *call, begin func(*C.pie_process, to) C.pie_status) error {
	defer runtime.KeepAlive(p)
	native, err := p.use(k.op, k.arguments)
	if err != nil {
		k.arguments.done()
		return err
	}
	defer p.share.native.done()
	k.begin = func(to to) C.pie_status { return begin(native, to) }
	_, err = p.client.ask(ctx, k)
	return err
}

// longestPause is how long a signal waits before it tries again, at most.
const longestPause = 20 * time.Millisecond

// whileBusy repeats a call that does not wait while the outgoing buffer is full.
func (c *Client) whileBusy(ctx context.Context, op string, try func(**C.pie_error) C.pie_status) error {
	defer runtime.KeepAlive(c)
	if c.core.native.use() == nil {
		return closedError(op)
	}
	defer c.core.native.done()
	for pause := time.Millisecond; ; pause = min(2*pause, longestPause) {
		if ctx.Err() != nil {
			return contextError(ctx, op)
		}
		var object *C.pie_error
		status := try(&object)
		if status != C.PIE_E_BUSY {
			return takeError(op, status, object)
		}
		C.pie_error_free(object)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}
