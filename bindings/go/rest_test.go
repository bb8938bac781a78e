// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"pie"
)

func TestUploadsTellHowFarTheyAre(t *testing.T) {
	c := connect(t, uri04(t))
	p := launch(t, c, `[["send","ready"],["recv_file",0],["send","again"],["recv_file",0],["return","end"]]`)
	data := bytes.Repeat([]byte("file "), 2_000_000)
	path := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(path, data, 0o600))
	for _, send := range []func(pie.UploadOption) error{
		func(o pie.UploadOption) error { return p.SendFile(soon(t), data, o) },
		func(o pie.UploadOption) error { return p.SendPath(soon(t), path, o) },
	} {
		messageOf(t, p)
		last := uint64(0)
		must(t, send(pie.Progress(func(sent, total uint64) {
			if sent < last || sent > total || total != uint64(len(data)) {
				t.Errorf("%d of %d, after %d", sent, total, last)
			}
			last = sent
			time.Sleep(time.Millisecond) // slow, and holds nothing up
		})))
		if last == 0 {
			t.Fatal("it was told nothing")
		}
		if text := messageOf(t, p); !strings.HasPrefix(text, fmt.Sprintf("file:%d:", len(data))) {
			t.Fatal(text)
		}
	}
}

// An upload that nobody waits for any more stops, and the next one is whole.
func TestAnUploadEndsWithItsContext(t *testing.T) {
	const size, chunk = 64 << 20, 256 << 10
	c := connect(t, under(uri05(t), "pause_ms=200"))
	p := make(chan *pie.Process)
	go func() { p <- launch(t, c, `[["send","ready"],["recv_file",0],["return","end"]]`) }()
	process := <-p
	ctx, cancel := context.WithCancel(soon(t))
	mustBe(t, process.SendFile(ctx, make([]byte, size), pie.Progress(func(sent, total uint64) { cancel() })), context.Canceled)
	messageOf(t, process)
	must(t, process.SendFile(soon(t), []byte("whole")))
	if text := messageOf(t, process); !strings.HasPrefix(text, "file:5:") {
		t.Fatal(text)
	}
	if sent := strings.Count(look(t, c, "received"), "transfer_file"); sent >= size/chunk {
		t.Fatalf("%d chunks of it were sent", sent)
	}
}

// A signal waits while the outgoing buffer is full, as long as its context lets it.
func TestASignalWaitsForRoom(t *testing.T) {
	c := connect(t, under(uri05(t), "freeze_on=ping"))
	p := launch(t, c, `[["recv",0]]`)
	brief, cancel := context.WithTimeout(soon(t), 20*time.Millisecond)
	defer cancel()
	_, err := c.Ping(brief)
	mustBe(t, err, context.DeadlineExceeded)
	text := strings.Repeat("x", 1<<18)
	ctx, cancel := context.WithTimeout(soon(t), time.Second)
	defer cancel()
	for err = nil; err == nil; {
		err = p.Signal(ctx, text)
	}
	mustBe(t, err, context.DeadlineExceeded)
}

func TestLogger(t *testing.T) {
	var text bytes.Buffer
	pie.SetLogger(slog.New(slog.NewJSONHandler(&text, &slog.HandlerOptions{Level: pie.LevelTrace})), pie.LevelTrace)
	connect(t, under(uri05(t), "unknown=1")).Close()
	pie.SetLogger(nil, 0) // all lines are there now
	lines := strings.Split(strings.TrimSpace(text.String()), "\n")
	for _, line := range lines {
		var got struct{ Msg, Target, Level string }
		must(t, json.Unmarshal([]byte(line), &got))
		if got.Msg == "" || got.Target == "" {
			t.Fatal(line)
		}
	}
	count := text.Len()
	connect(t, uri05(t)).Close()
	expect(t, "what is logged without a logger", text.Len(), count)
}

// stuck is a log handler that does not come back.
type stuck struct {
	slog.Handler
	until chan bool
	lines *sync.Map
}

func (s stuck) Handle(_ context.Context, r slog.Record) error {
	<-s.until
	s.lines.Store(r.Message, true)
	return nil
}

func TestALoggerHoldsNothingUp(t *testing.T) {
	handler := stuck{slog.NewTextHandler(&bytes.Buffer{}, &slog.HandlerOptions{Level: pie.LevelTrace}), make(chan bool), &sync.Map{}}
	pie.SetLogger(slog.New(handler), pie.LevelTrace)
	c := connect(t, under(uri05(t), "unknown=1"))
	for range 2000 {
		_, err := c.Ping(soon(t))
		must(t, err)
	}
	close(handler.until)
	pie.SetLogger(nil, 0)
	if _, told := handler.lines.Load("log lines of libpie_client were dropped"); !told {
		t.Fatal("nobody was told of lines that were lost")
	}
}

// In a pause that a forgotten process has caused.
func TestAForgottenProcessIsLetGo(t *testing.T) {
	c := connect(t, uri04(t), pie.QueueMaxBytes(2000), pie.OverflowPause())
	func() {
		_, err := c.Launch(soon(t), echo, script(`[["spam",20000,100]]`))
		must(t, err)
	}()
	answered := make(chan error, 1)
	go func() { _, err := c.Ping(soon(t)); answered <- err }()
	eventually(t, "the pause is over", func() bool {
		runtime.GC()
		return len(answered) > 0
	})
	must(t, <-answered)
}

// Every option that the library has can be set by a function of this package.
func TestOptionsAreComplete(t *testing.T) {
	tls := pie.TLSClientCertificate("", "")
	typed := append(tls, pie.KeepaliveInterval(time.Second), pie.KeepaliveTimeout(time.Second), pie.CloseTimeout(time.Second),
		pie.QueueMaxBytes(1<<20), pie.OverflowDrop(), pie.OverflowPause(), pie.MaxMessageBytes(1<<20), pie.MaxFileBytes(1<<20),
		pie.UploadWindowBytes(1<<20), pie.MCPTimeout(time.Second), pie.Identity("me/mine"), pie.Header("x-name", "x"),
		pie.EngineGeneration("auto"), pie.Reconnect(), pie.ReconnectMaxAttempts(1), pie.ReconnectMaxDelay(time.Second),
		pie.TLSCAFile(""), pie.TLSInsecureSkipVerify(), pie.UserAgent("me"))
	connect(t, uri05(t), typed...)
	text := fmt.Sprint(typed)
	var described []struct{ Key string }
	must(t, json.Unmarshal([]byte(pie.OptionsDescription()), &described))
	for _, option := range described {
		if key := strings.Replace(option.Key, "NAME", "x-name", 1); !strings.Contains(text, "{"+key+" ") {
			t.Errorf("there is no function for %s", option.Key)
		}
	}
	_, err := pie.Connect(soon(t), uri05(t), pie.Set("no_such_option", "1"))
	mustBe(t, err, pie.ErrInvalidArgument)
}

func TestTimesAreRoundedUp(t *testing.T) {
	expect(t, "a short one", fmt.Sprint(pie.KeepaliveTimeout(time.Microsecond)), "{keepalive_timeout_ms 1}")
	expect(t, "none", fmt.Sprint(pie.KeepaliveTimeout(0)), "{keepalive_timeout_ms 0}")
}

func TestShutdown(t *testing.T) {
	c := connect(t, under(uri04(t), "silent=ping"))
	p := launch(t, c, `[["recv",0]]`)
	ended := make(chan error)
	go func() { _, err := c.Ping(context.Background()); ended <- err }()
	go func() { _, err := p.Recv(context.Background()); ended <- err }()
	eventually(t, "the ping is under way", func() bool { return strings.Count(look(t, c, "received"), `"ping"`) > 0 })
	must(t, pie.Shutdown(soon(t)))
	mustBe(t, <-ended, pie.ErrClosed)
	mustBe(t, <-ended, pie.ErrClosed)
	must(t, c.CloseContext(soon(t)))
	_, err := connect(t, uri04(t)).Ping(soon(t)) // a new life
	must(t, err)
}

// On a real engine, where there is one: a program is installed, runs and is streamed from.
func TestRealEngine(t *testing.T) {
	uri := os.Getenv("PIE_TEST_URI_REAL")
	if uri == "" {
		t.Log("PIE_TEST_URI_REAL is not set: there is no real engine")
		return
	}
	c := connect(t, uri)
	must(t, c.InstallProgram(soon(t), getenv(t, "PIE_TEST_ECHO_WASM"), getenv(t, "PIE_TEST_ECHO_MANIFEST"), pie.Overwrite()))
	inputs := make([]any, 20)
	for i := range inputs {
		inputs[i] = script(fmt.Sprintf(`[["recv",0],["sendn",100],["return","%d"]]`, i))
	}
	processes, err := c.LaunchMany(soon(t), echo, inputs)
	must(t, err)
	failures := make(chan error)
	for i, p := range processes {
		go func() { failures <- readReal(t, p, i) }()
	}
	for range processes {
		must(t, <-failures)
	}
}

func readReal(t *testing.T, p *pie.Process, number int) error {
	if err := p.Signal(soon(t), "go"); err != nil {
		return err
	}
	count := 0
	for event, err := range p.Events(soon(t)) {
		if err != nil {
			return err
		}
		count++
		if end, is := event.(pie.Return); is && end.Text != fmt.Sprint(number) {
			return errors.New("another one's result: " + end.Text)
		}
	}
	if count != 102 {
		return fmt.Errorf("%d events", count)
	}
	return nil
}
