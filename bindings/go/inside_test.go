// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"unsafe"
)

func TestAHandleIsFreedOnceByItsLastUser(t *testing.T) {
	object, freed := 0, 0
	h := handle{pointer: unsafe.Pointer(&object), free: func(unsafe.Pointer) { freed++ }}
	if h.use() == nil || h.use() == nil {
		t.Fatal("it is open")
	}
	h.close()
	h.close()
	h.done()
	if h.use() != nil || freed != 0 {
		t.Fatal("it is closed, and in use by one")
	}
	h.done()
	h.close()
	if freed != 1 {
		t.Fatalf("freed %d times", freed)
	}
}

func TestFifo(t *testing.T) {
	var f fifo
	next, last := 0, 0
	for round := range 200 {
		for range round * 7 % 31 {
			f.push(record{text: fmt.Sprint(last)})
			last++
		}
		for range round * 5 % 29 {
			r, has := f.pop()
			if has != (next < last) || has && r.text != fmt.Sprint(next) {
				t.Fatal(next, last, r.text)
			}
			if has {
				next++
			}
		}
		if f.size() != last-next {
			t.Fatal(f.size())
		}
	}
}

// What a stream keeps is exact: an event that fills the room is kept, one more is not, and one that is larger is kept alone.
func TestAStreamKeepsWhatItMay(t *testing.T) {
	s := newStream(1, limits{queueMaxBytes: 100})
	add := func(size int) {
		if !s.add(&record{kind: 3, text: string(make([]byte, size))}, false) {
			t.Fatal("it waits")
		}
	}
	counts := func() (events, lost uint64) {
		for {
			r, has, _ := s.try()
			if !has {
				return events, lost
			}
			if r.kind == 8 {
				lost += r.more.current
			} else {
				events++
			}
		}
	}
	for _, test := range []struct{ sizes, events int }{{50, 2}, {51, 1}, {1000, 1}, {0, 3}} {
		for range 5 {
			add(test.sizes)
		}
		events, lost := counts()
		add(0) // the gap is told of before it
		more, behind := counts()
		if int(events) != test.events || lost+behind != 5-events || more != 1 {
			t.Fatalf("%d bytes each: kept %d, lost %d, then %d and %d", test.sizes, events, lost, more, behind)
		}
	}
}

// Events that come together wake as many receivers.
func TestEventsWakeEachOneWhoWaits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1)) // so that none wakes between the events
	s := newStream(1, limits{queueMaxBytes: 1000})
	const count = 8
	ended := make(chan error)
	for range count {
		go func() { _, err := s.take(context.Background()); ended <- err }()
	}
	for asleep := 0; asleep < count; runtime.Gosched() {
		s.mu.Lock()
		asleep = s.sleepers
		s.mu.Unlock()
	}
	for range count {
		s.add(&record{kind: 3}, false)
	}
	for range count {
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
	}
}
