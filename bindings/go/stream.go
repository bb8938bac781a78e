// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"io"
	"sync"
)

// leastCharge is what an event counts at least, as in the library.
const leastCharge = 32

// record is an event as it waits: a copy of what the library had. It is small, since many may wait.
type record struct {
	kind     int32
	sequence uint64
	text     string
	more     *details
}

// details are what few events have.
type details struct {
	name           string
	current, total uint64
	err            error
}

func newRecord(event *C.pie_event, err error) record {
	r := record{kind: int32(event.kind), sequence: uint64(event.sequence), text: goText(event.data, event.size)}
	if event.name != nil || event.current|event.total != 0 || err != nil {
		r.more = &details{C.GoString(event.name), uint64(event.current), uint64(event.total), err}
	}
	return r
}

func (r *record) isLast() bool { return r.kind == C.PIE_EVENT_RETURN || r.kind == C.PIE_EVENT_ERROR }

// isBounded says that the event is one of those that are dropped, or waited for, where there is no room.
func (r *record) isBounded() bool { return !r.isLast() && r.kind != C.PIE_EVENT_OVERFLOW }

func (r *record) charge() int {
	if !r.isBounded() {
		return 0
	}
	return max(len(r.text), leastCharge)
}

// stream is what waits of one process between the client's goroutine and those that take it. It keeps no more than
// queue_max_bytes, and past that does what the library does there: it drops and counts, or has the goroutine wait.
type stream struct {
	tag    uint64
	most   int
	pauses bool

	mu      sync.Mutex
	id      string
	waiting fifo
	bytes   int
	// gap are events that were dropped behind all that waits.
	gap record
	// last is the end of the process, once it is known; nil until then.
	last *record
	// sleepers wait for ready.
	sleepers int
	// isTaken: somebody has received from it. Until then whoever waits for the result alone needs nothing kept.
	isTaken bool
	results int
	// cutError is what receives give once nothing waits, where the process's own end does not come any more.
	cutError error
	isApart  bool

	ready chan struct{}
	room  chan struct{}
	over  chan struct{}
}

func newStream(tag uint64, limits limits) *stream {
	return &stream{tag: tag, most: limits.queueMaxBytes, pauses: limits.pauses, ready: make(chan struct{}, 1),
		room: make(chan struct{}, 1), over: make(chan struct{})}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// add says whether the event was taken care of; if not, the goroutine waits for room and tries again.
func (s *stream) add(r *record, mayExceed bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.last != nil || s.cutError != nil:
		return true
	case r.isLast():
		s.endWith(r)
	case r.kind == C.PIE_EVENT_OVERFLOW:
		s.drop(r.sequence, r.more.current, r.more.total)
	case s.bytes > 0 && s.bytes+r.charge() > s.most && !mayExceed:
		if s.pauses && !s.isOnlyResult() {
			return false
		}
		s.drop(r.sequence, 1, uint64(len(r.text)))
	default:
		s.push(r)
	}
	if s.sleepers > 0 {
		signal(s.ready)
	}
	return true
}

func (s *stream) isOnlyResult() bool { return s.results > 0 && !s.isTaken }

func (s *stream) push(r *record) {
	if s.gap.kind != 0 {
		s.waiting.push(s.gap)
		s.gap = record{}
	}
	s.waiting.push(*r)
	s.bytes += r.charge()
}

func (s *stream) drop(sequence, events, bytes uint64) {
	if s.gap.kind == 0 {
		s.gap = record{kind: C.PIE_EVENT_OVERFLOW, sequence: sequence, more: &details{}}
	}
	s.gap.more.current += events
	s.gap.more.total += bytes
}

func (s *stream) endWith(r *record) {
	s.push(r)
	last := *r
	s.last = &last
	close(s.over)
}

// pop gives the oldest event; io.EOF after the last one.
func (s *stream) pop() (record, bool, error) {
	r, has := s.waiting.pop()
	switch {
	case has:
		s.bytes -= r.charge()
		if s.pauses {
			signal(s.room)
		}
		if s.waiting.size() > 0 && s.sleepers > 0 {
			signal(s.ready)
		}
		return r, true, nil
	case s.cutError != nil:
		return r, false, s.cutError
	case s.last != nil:
		return r, false, io.EOF
	}
	return r, false, nil
}

// try never waits.
func (s *stream) try() (record, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isTaken = true
	return s.pop()
}

func (s *stream) take(ctx context.Context) (record, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isTaken = true
	for {
		if r, has, err := s.pop(); has || err != nil {
			return r, err
		}
		s.sleepers++
		s.mu.Unlock()
		var err error
		select {
		case <-s.ready:
		case <-s.over:
		case <-ctx.Done():
			err = contextError(ctx, "receive")
		}
		s.mu.Lock()
		s.sleepers--
		if err != nil {
			return record{}, err
		}
	}
}

// result waits for the end, then drops what waits.
func (s *stream) result(ctx context.Context) (record, error) {
	s.wantResult(1)
	defer s.wantResult(-1)
	select {
	case <-s.over:
	case <-ctx.Done():
		return record{}, contextError(ctx, "result")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	if s.isApart {
		return record{}, fail("result", ErrUnsupported, "a process that was launched without capture has no result")
	}
	if s.last == nil {
		return record{}, s.cutError
	}
	return *s.last, nil
}

func (s *stream) wantResult(change int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.results += change
	signal(s.room)
}

func (s *stream) clear() {
	s.waiting, s.bytes, s.gap = fifo{}, 0, record{}
	signal(s.room)
}

// letGo drops what waits and whatever comes.
func (s *stream) letGo(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
	s.cutWith(err)
}

// cut ends a stream that nothing comes to any more.
func (s *stream) cut(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.cutWith(err)
	}
}

func (s *stream) cutWith(err error) {
	if s.cutError != nil {
		return
	}
	s.cutError = err
	if s.last == nil {
		close(s.over)
	}
}

func (s *stream) setID(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.id = id
}

func (s *stream) name() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.id
}

// endApart makes it the stream of a process that has none: at its end, and without a result.
func (s *stream) endApart() {
	s.isApart = true
	s.cut(io.EOF)
}
