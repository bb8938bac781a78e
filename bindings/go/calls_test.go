// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"context"
	"errors"
	"math/rand"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pie"
)

func TestDeadlineEndsACall(t *testing.T) {
	c := connect(t, under(uri04(t), "silent=ping"))
	ctx, cancel := context.WithTimeout(soon(t), 20*time.Millisecond)
	defer cancel()
	_, err := c.Ping(ctx)
	mustBe(t, err, context.DeadlineExceeded)
	mustBe(t, err, pie.ErrTimedOut)
	var e *pie.Error
	if !errors.As(err, &e) || e.Op != "ping" || !e.Retriable {
		t.Fatalf("%+v", e)
	}
}

func TestCancelEndsACall(t *testing.T) {
	c := connect(t, under(uri04(t), "silent=ping"))
	why := errors.New("the user has left")
	ctx, cancel := context.WithCancelCause(soon(t))
	time.AfterFunc(10*time.Millisecond, func() { cancel(why) })
	_, err := c.Ping(ctx)
	mustBe(t, err, context.Canceled)
	mustBe(t, err, pie.ErrCancelled)
	mustBe(t, err, why)
	look(t, c, "connections") // others go on
}

func TestNothingIsSentForAContextThatHasEnded(t *testing.T) {
	c := connect(t, startEngine(t).uri)
	before := look(t, c, "messages")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := c.Ping(ctx)
	mustBe(t, err, context.Canceled)
	_, err = c.Launch(ctx, echo, nil)
	mustBe(t, err, context.Canceled)
	mustBe(t, c.SignalProcess(ctx, "x", "y"), context.Canceled)
	after := strings.ReplaceAll(look(t, c, "messages"), `"query":2`, `"query":1`)
	expect(t, "messages", after, before)
}

func TestConnectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer cancel()
	_, err := pie.Connect(ctx, under(uri04(t), "handshake=silent"))
	mustBe(t, err, context.DeadlineExceeded)
	e := startEngine(t)
	for range 20 { // some of them just when they are there
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.Intn(2000))*time.Microsecond)
		if c, err := pie.Connect(ctx, e.uri); err == nil {
			c.Close()
		}
		cancel()
	}
	watcher := connect(t, e.uri)
	eventually(t, "nobody is connected", func() bool { return look(t, watcher, "connections") == "1" })
}

func TestALaunchThatComesTooLateIsTerminated(t *testing.T) {
	e := startEngine(t)
	c := connect(t, under(e.uri, "delay=launch_process:100"))
	ctx, cancel := context.WithTimeout(soon(t), 30*time.Millisecond)
	defer cancel()
	_, err := c.Launch(ctx, echo, script(`[["recv",0]]`))
	mustBe(t, err, context.DeadlineExceeded)
	watcher := connect(t, e.uri)
	eventually(t, "the launch came", func() bool { return strings.Contains(look(t, watcher, "messages"), "launch_process") })
	eventually(t, "it was terminated", func() bool { return look(t, watcher, "processes") == "0" })
}

// Launches are cancelled at all times, also when their outcome is just there: no process is left that nobody has.
func TestCancelStorm(t *testing.T) {
	e := startEngine(t)
	c := connect(t, e.uri)
	var group sync.WaitGroup
	for i := range 400 {
		group.Add(1)
		go func() {
			defer group.Done()
			ctx, cancel := context.WithTimeout(soon(t), time.Duration(rand.Intn(4000))*time.Microsecond)
			defer cancel()
			if i%2 == 0 {
				c.Ping(ctx)
				return
			}
			p, err := c.Launch(ctx, echo, script(`[["recv",0]]`))
			if err == nil {
				err = p.Terminate(soon(t))
			}
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
		}()
	}
	group.Wait()
	eventually(t, "all processes are gone", func() bool { return look(t, c, "processes") == "0" })
}

func TestManyCallsAtOnce(t *testing.T) {
	for _, uri := range []string{uri04(t), uri05(t)} {
		c := connect(t, uri)
		failures := make(chan error)
		for range 1000 {
			go func() {
				took, err := c.Ping(soon(t))
				if err == nil && took <= 0 {
					err = errors.New("it took no time")
				}
				failures <- err
			}()
		}
		for range 1000 {
			must(t, <-failures)
		}
	}
}

func TestCloseEndsWhatIsUnderWay(t *testing.T) {
	c := connect(t, under(uri04(t), "silent=ping"))
	p := launch(t, c, `[["recv",0]]`)
	ended := make(chan error)
	const calls = 50
	for range calls {
		go func() { _, err := c.Ping(context.Background()); ended <- err }()
		go func() { _, err := p.Recv(context.Background()); ended <- err }()
	}
	eventually(t, "they are under way", func() bool { return strings.Count(look(t, c, "received"), `"ping"`) >= calls })
	must(t, c.Close())
	ends := 0
	for range 2 * calls {
		if err := <-ended; !errors.Is(err, pie.ErrClosed) { // of the receivers one has the error, the others the end behind it
			ends++
		}
	}
	if ends != calls-1 {
		t.Fatalf("%d ended otherwise", ends)
	}
	must(t, c.Close())
	_, err := c.Ping(soon(t))
	mustBe(t, err, pie.ErrClosed)
	mustBe(t, p.Terminate(soon(t)), pie.ErrClosed)
}

func TestCloseFromManySides(t *testing.T) {
	for range 30 {
		c, err := pie.Connect(soon(t), uri05(t))
		must(t, err)
		var group sync.WaitGroup
		for i := range 8 {
			group.Add(1)
			go func() {
				defer group.Done()
				if i%2 == 0 {
					c.Ping(soon(t))
				}
				c.Close()
			}()
		}
		group.Wait()
	}
}

func TestAnEngineThatDies(t *testing.T) {
	e := startEngine(t)
	c := connect(t, e.uri)
	p := launch(t, c, `[["send","ready"],["recv",0]]`)
	expect(t, "message", messageOf(t, p), "ready")
	must(t, e.command.Process.Kill())
	_, err := p.Recv(soon(t))
	mustBe(t, err, pie.ErrDisconnected)
	_, err = p.Result(soon(t))
	mustBe(t, err, pie.ErrDisconnected)
	_, err = c.Ping(soon(t))
	mustBe(t, err, pie.ErrDisconnected)
}

func TestErrors(t *testing.T) {
	c := connect(t, uri04(t))
	_, err := c.Launch(soon(t), "no-such@9.9.9", nil)
	mustBe(t, err, pie.ErrRejected)
	var e *pie.Error
	if !errors.As(err, &e) || e.Status != pie.ErrRejected || e.Retriable || !strings.HasPrefix(err.Error(), "pie: launch: ") {
		t.Fatalf("%+v", err)
	}
	if errors.Is(err, pie.ErrAuth) || errors.Is(err, context.DeadlineExceeded) {
		t.Fatal("it is one kind of failure alone")
	}
	mustBe(t, &pie.Error{Status: pie.ErrTimedOut}, context.DeadlineExceeded)
	_, err = pie.Connect(soon(t), "ws://127.0.0.1:1")
	mustBe(t, err, pie.ErrConnect)
	if !errors.As(err, &e) || !e.Retriable {
		t.Fatalf("%+v", err)
	}
}

func TestArgumentsThatAreWrong(t *testing.T) {
	c := connect(t, uri04(t))
	for name, call := range map[string]func() error{
		"subject":  func() error { _, err := c.Query(soon(t), "model\x00status", ""); return err },
		"record":   func() error { _, err := c.Query(soon(t), "model_status", "\xff"); return err },
		"input":    func() error { _, err := c.Launch(soon(t), echo, make(chan int)); return err },
		"input 1":  func() error { _, err := c.LaunchMany(soon(t), echo, []any{nil, func() {}}); return err },
		"message":  func() error { return launch(t, c, `[["recv",0]]`).Signal(soon(t), "a\x00b") },
		"path":     func() error { return launch(t, c, `[["recv",0]]`).SendPath(soon(t), "a\x00b") },
		"name":     func() error { return c.Unregister(soon(t), "\x00") },
		"key":      func() error { _, err := pie.Connect(soon(t), uri04(t), pie.Set("\x00", "")); return err },
		"username": func() error { return c.AuthenticateWithSigner(soon(t), "\x00", nil) },
		"text":     func() error { _, err := pie.ParsePrivateKey("\x00", ""); return err },
		"overflow": func() error { _, err := pie.Connect(soon(t), uri04(t), pie.Set("overflow", "x")); return err },
		"uri":      func() error { _, err := pie.Connect(soon(t), "\x00"); return err },
	} {
		err := call()
		mustBe(t, err, pie.ErrInvalidArgument)
		if !strings.Contains(err.Error(), name) {
			t.Fatalf("no %q in: %v", name, err)
		}
	}
}

// A client, a key and a process that nobody has any more are given back; one that somebody can still reach is not.
func TestForgottenHandlesAreGivenBack(t *testing.T) {
	e := startEngine(t)
	watcher := connect(t, e.uri)
	func() {
		p := func() *pie.Process {
			c, err := pie.Connect(soon(t), e.uri)
			must(t, err)
			must(t, c.Authenticate(soon(t), "me", nil))
			p, err := c.Launch(soon(t), echo, script(`[["recv",0]]`))
			must(t, err)
			return p
		}()
		for range 3 {
			runtime.GC()
		}
		must(t, p.Signal(soon(t), "there"))
		expect(t, "message", messageOf(t, p), "got:there") // the process has kept its client
	}()
	eventually(t, "the connection is closed", func() bool {
		runtime.GC()
		return look(t, watcher, "connections") == "1"
	})
}
