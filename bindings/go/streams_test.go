// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pie"
)

func TestEventsOfARange(t *testing.T) {
	c := connect(t, uri05(t))
	p := launch(t, c, `[["sendn",3],["send_file_as","a.txt"],["event","strange","x"],["return","end"]]`)
	var kinds []string
	number := uint64(0)
	for event, err := range p.Events(soon(t)) {
		must(t, err)
		expect(t, "number", event.Number(), number)
		number++
		kinds = append(kinds, fmt.Sprintf("%T", event))
		if number == 2 {
			break // and go on in another loop
		}
	}
	for event, err := range p.Events(soon(t)) {
		must(t, err)
		kinds = append(kinds, fmt.Sprintf("%T", event))
	}
	expect(t, "kinds", strings.Join(kinds, " "), "pie.Message pie.Message pie.Message pie.File pie.Other pie.Return")
	_, err := p.Recv(soon(t))
	expect(t, "behind the end", err, io.EOF)
}

func TestAFailureIsTheLastErrorOfARange(t *testing.T) {
	c := connect(t, uri04(t))
	for event, err := range launch(t, c, `[["raise","it broke"]]`).Events(soon(t)) {
		mustBe(t, err, pie.ErrProcess)
		if event != nil || !strings.Contains(err.Error(), "it broke") {
			t.Fatal(event, err)
		}
	}
}

func TestAReceiveEndsWithItsContextAndLosesNothing(t *testing.T) {
	c := connect(t, uri04(t))
	p := launch(t, c, `[["recv",0],["sendn",100],["return","end"]]`)
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
	defer cancel()
	_, err := p.Recv(ctx)
	mustBe(t, err, context.DeadlineExceeded)
	must(t, p.Signal(soon(t), "go"))
	expect(t, "message", messageOf(t, p), "got:go")
	for i := range 100 {
		ended, end := context.WithCancel(context.Background())
		end()
		_, err := p.Recv(ended)
		mustBe(t, err, context.Canceled)
		expect(t, "message", messageOf(t, p), fmt.Sprint(i))
	}
}

func TestEachEventComesToOneReceiver(t *testing.T) {
	c := connect(t, uri04(t))
	const count = 5000
	p := launch(t, c, fmt.Sprintf(`[["sendn",%d],["return","end"]]`, count))
	var mu sync.Mutex
	seen := map[string]int{}
	var group sync.WaitGroup
	for range 8 {
		group.Add(1)
		go func() {
			defer group.Done()
			for event, err := range p.Events(soon(t)) {
				if err != nil {
					t.Error(err)
				}
				if message, is := event.(pie.Message); is {
					mu.Lock()
					seen[message.Text]++
					mu.Unlock()
				}
			}
		}()
	}
	group.Wait()
	expect(t, "different messages", len(seen), count)
	for text, times := range seen {
		expect(t, text, times, 1)
	}
}

func TestLetGo(t *testing.T) {
	c := connect(t, uri04(t))
	p := launch(t, c, `[["send","one"],["recv",0]]`)
	ended := make(chan error)
	expect(t, "message", messageOf(t, p), "one")
	go func() { _, err := p.Recv(context.Background()); ended <- err }()
	must(t, p.Close())
	mustBe(t, <-ended, pie.ErrClosed)
	mustBe(t, p.Signal(soon(t), "x"), pie.ErrClosed)
	mustBe(t, p.Terminate(soon(t)), pie.ErrClosed)
	_, err := p.Result(soon(t))
	mustBe(t, err, pie.ErrClosed)
}

func TestWithoutCapture(t *testing.T) {
	for _, uri := range []string{uri04(t), uri05(t)} {
		c := connect(t, uri)
		p := launch(t, c, `[["recv",0]]`, pie.NoCapture())
		_, err := p.Recv(soon(t))
		expect(t, "its stream", err, io.EOF)
		_, err = p.Result(soon(t))
		mustBe(t, err, pie.ErrUnsupported)
	}
}

// heap is what is in use once garbage is gone.
func heap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// One who takes no events costs a bounded amount of memory and holds nobody up; what he lost is told of, and the end comes.
func TestASlowReaderHarmsNobody(t *testing.T) {
	const most, size, count = 1 << 20, 1000, 30_000
	c := connect(t, uri04(t), pie.QueueMaxBytes(most))
	before := heap()
	slow := launch(t, c, fmt.Sprintf(`[["spam",%d,%d],["wait_room"],["return","end"]]`, count, size))
	quick := launch(t, c, `[["sendn",1000],["return","end"]]`)
	for i := range 1000 {
		expect(t, "message", messageOf(t, quick), fmt.Sprint(i))
	}
	eventually(t, "the slow one has ended", func() bool {
		processes, err := c.Processes(soon(t))
		must(t, err)
		return !strings.Contains(fmt.Sprint(processes), slow.ID())
	})
	_, err := c.Ping(soon(t))
	must(t, err)
	if now := heap(); now > before+4*most {
		t.Fatalf("%d bytes more, of %d that came", now-before, size*count)
	}
	countOverflow(t, slow, size, count, most)
}

func countOverflow(t *testing.T, p *pie.Process, size, count, most int) {
	t.Helper()
	kept, next, lost, hasReturned := 0, uint64(0), uint64(0), false
	for event, err := range p.Events(soon(t)) {
		must(t, err)
		expect(t, "number", event.Number(), next)
		next++
		switch event := event.(type) {
		case pie.Message:
			kept++
		case pie.Overflow:
			expect(t, "bytes lost", event.Bytes, event.Events*uint64(size))
			lost += event.Events
			next += event.Events - 1
		case pie.Return:
			hasReturned = true
		}
	}
	expect(t, "all that came", kept+int(lost), count)
	if kept < most/size || lost == 0 || !hasReturned {
		t.Fatalf("kept %d, lost %d, returned %v", kept, lost, hasReturned)
	}
}

func TestAPauseLosesNothing(t *testing.T) {
	const count = 20_000
	c := connect(t, uri04(t), pie.QueueMaxBytes(10_000), pie.OverflowPause())
	p := launch(t, c, fmt.Sprintf(`[["spam",%d,100],["return","end"]]`, count))
	for i := range count {
		text := messageOf(t, p)
		if !strings.HasPrefix(text, fmt.Sprint(i)+" ") {
			t.Fatalf("expected %d, got %.20s", i, text)
		}
	}
	event, err := p.Recv(soon(t))
	must(t, err)
	expect(t, "the end", event.(pie.Return).Text, "end")
}

// In a pause no answer comes; a context ends the wait all the same, and tells why. Taking events ends the pause.
func TestAPauseHoldsUpAnswers(t *testing.T) {
	const count = 20_000
	c := connect(t, uri04(t), pie.QueueMaxBytes(10_000), pie.OverflowPause())
	before := heap()
	p := launch(t, c, fmt.Sprintf(`[["spam",%d,1000],["return","end"]]`, count))
	var err error
	eventually(t, "the pause", func() bool {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Millisecond)
		defer cancel()
		_, err = c.Ping(ctx)
		return err != nil && strings.Contains(err.Error(), p.ID())
	})
	mustBe(t, err, context.DeadlineExceeded)
	if now := heap(); now > before+1<<20 {
		t.Fatalf("%d bytes more", now-before)
	}
	answered := make(chan error)
	go func() { _, err := c.Ping(soon(t)); answered <- err }()
	for range count {
		messageOf(t, p)
	}
	must(t, <-answered)
}

func TestAPauseEnds(t *testing.T) {
	const spam = `[["spam",20000,100],["return","end"]]`
	for name, end := range map[string]func(c *pie.Client, p *pie.Process){
		"by letting go": func(c *pie.Client, p *pie.Process) { p.Close() },
		"by waiting for the result": func(c *pie.Client, p *pie.Process) {
			text, err := p.Result(soon(t))
			must(t, err)
			expect(t, "result", text, "end")
		},
		"by closing": func(c *pie.Client, p *pie.Process) { c.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			c := connect(t, uri04(t), pie.QueueMaxBytes(2000), pie.OverflowPause())
			p := launch(t, c, spam)
			eventually(t, "the pause", func() bool {
				ctx, cancel := context.WithTimeout(context.Background(), 10*time.Millisecond)
				defer cancel()
				_, err := c.Ping(ctx)
				return err != nil
			})
			end(c, p)
			if _, err := c.Ping(soon(t)); err != nil && !errors.Is(err, pie.ErrClosed) {
				t.Fatal(err)
			}
		})
	}
}

func TestAResultIsTheSameEachTime(t *testing.T) {
	c := connect(t, uri04(t))
	p := launch(t, c, `[["sendn",10],["return","end"]]`)
	for range 3 {
		text, err := p.Result(soon(t))
		must(t, err)
		expect(t, "result", text, "end")
	}
	_, err := p.Recv(soon(t))
	expect(t, "events are dropped", err, io.EOF)
}

func TestConnectionEvents(t *testing.T) {
	c := connect(t, under(uri04(t), "cut_on=query"), pie.Reconnect(), pie.ReconnectMaxDelay(time.Millisecond))
	for i := range 3 {
		_, err := c.Query(soon(t), "scripted", "connections")
		mustBe(t, err, pie.ErrDisconnected)
		eventually(t, "it is made again", func() bool { _, err := c.Ping(soon(t)); return err == nil })
		_ = i
	}
	c.Close()
	var told []string
	for event, err := range c.ConnectionEvents(soon(t)) {
		must(t, err)
		expect(t, "sequence", event.Sequence, uint64(len(told)))
		told = append(told, map[bool]string{true: "made", false: fmt.Sprint(errors.Unwrap(event.Err))}[event.Err == nil])
		if errors.Is(event.Err, pie.ErrClosed) {
			told[len(told)-1] = "closed"
		} else if event.Err != nil {
			mustBe(t, event.Err, pie.ErrDisconnected)
			told[len(told)-1] = "lost"
		}
	}
	expect(t, "told", strings.Join(told, " "), "made lost made lost made lost made closed")
}
