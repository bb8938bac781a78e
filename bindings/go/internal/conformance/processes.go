// SPDX-License-Identifier: Apache-2.0 OR MIT

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"pie"
)

const echo = "echo@0.1.0"

// onProcess is an action of the process that the first word names.
func onProcess(f func(ctx context.Context, p *pie.Process, a arguments) error) action {
	return func(ctx context.Context, st *stage, a arguments) error {
		p, err := st.process(a.at(0))
		if err != nil {
			return err
		}
		return f(ctx, p, a[1:])
	}
}

var processActions = map[string]action{
	"launch": onClient(func(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
		return st.launch(ctx, c, a.at(0), echo, ops(a.at(1)))
	}),
	"launch_program": onClient(func(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
		return st.launch(ctx, c, a.at(0), a.at(1), json.RawMessage(a.at(2)))
	}),
	"launch_apart": onClient(launchApart),
	"launch_many":  onClient(launchMany),
	"run_all":      onClient(runAllOf),
	"attach":       onClient(attach),
	"terminate_id": onClient(byID(func(ctx context.Context, c *pie.Client, id string, _ arguments) error {
		return c.TerminateProcess(ctx, id)
	})),
	"signal_id": onClient(byID(func(ctx context.Context, c *pie.Client, id string, a arguments) error {
		return c.SignalProcess(ctx, id, a.at(1))
	})),
	"listed":    onClient(byID(listed)),
	"out":       onProcess(stdout),
	"err":       onProcess(stderr),
	"message":   onProcess(message),
	"numbers":   onProcess(numbers),
	"file":      onProcess(file),
	"file_text": onProcess(fileText),
	"overflow":  onProcess(overflow),
	"returns":   onProcess(returns),
	"breaks":    onProcess(breaks),
	"received":  onProcess(received),
	"ended":     onProcess(ended),
	"nothing":   onProcess(nothing),
	"result":    onProcess(result),
	"signal":    onProcess(func(ctx context.Context, p *pie.Process, a arguments) error { return p.Signal(ctx, a.at(0)) }),
	"send": onProcess(func(ctx context.Context, p *pie.Process, a arguments) error {
		return p.SendFile(ctx, pattern(a.number(0)))
	}),
	"send_path": onProcess(sendPath),
	"terminate": onProcess(func(ctx context.Context, p *pie.Process, _ arguments) error { return p.Terminate(ctx) }),
	"let_go":    onProcess(func(_ context.Context, p *pie.Process, _ arguments) error { return p.Close() }),
}

func ops(text string) json.RawMessage { return json.RawMessage(`{"ops": ` + text + `}`) }

// pattern is what the tests' files have in them.
func pattern(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i % 251)
	}
	return data
}

func (st *stage) launch(ctx context.Context, c *pie.Client, name, inferlet string, input json.RawMessage) error {
	p, err := c.Launch(ctx, inferlet, input)
	if err == nil {
		st.players[name] = &player{p, p.ID()}
	}
	return err
}

func launchApart(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
	before, err := ids(ctx, c)
	if err != nil {
		return err
	}
	p, err := c.Launch(ctx, echo, ops(a.at(1)), pie.NoCapture())
	if err != nil {
		return err
	}
	p.Close()
	for ; ctx.Err() == nil; time.Sleep(lookAgain) {
		now, err := ids(ctx, c)
		if err != nil {
			return err
		}
		for id := range now {
			if !before[id] {
				st.players[a.at(0)] = &player{nil, id}
				return nil
			}
		}
	}
	return ctx.Err()
}

func launchMany(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
	inputs := make([]any, a.number(1))
	for i := range inputs {
		inputs[i] = ops(a.at(2))
	}
	processes, err := c.LaunchMany(ctx, echo, inputs)
	for i, p := range processes {
		st.players[a.at(0)+strconv.Itoa(i)] = &player{p, p.ID()}
	}
	return err
}

func runAllOf(ctx context.Context, _ *stage, c *pie.Client, a arguments) error {
	var inputs []any
	for _, text := range a[1:] {
		inputs = append(inputs, ops(text))
	}
	results, err := c.Run(ctx, echo, inputs)
	if err != nil {
		return err
	}
	return expectResults(a.at(0), results)
}

// expectResults compares texts with a JSON array, in which what is no text stands for its JSON.
func expectResults(wanted string, results []string) error {
	var values []json.RawMessage
	if err := json.Unmarshal([]byte(wanted), &values); err != nil {
		return err
	}
	texts := make([]string, len(values))
	for i, value := range values {
		if json.Unmarshal(value, &texts[i]) != nil {
			texts[i] = string(value)
		}
	}
	if !slices.Equal(texts, results) {
		return fmt.Errorf("expected %q, got %q", texts, results)
	}
	return nil
}

func attach(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
	of, err := st.player(a.at(1))
	if err != nil {
		return err
	}
	p, err := c.Attach(ctx, of.id)
	if err == nil {
		st.players[a.at(0)] = &player{p, p.ID()}
	}
	return err
}

func byID(f func(ctx context.Context, c *pie.Client, id string, a arguments) error) func(context.Context, *stage, *pie.Client, arguments) error {
	return func(ctx context.Context, st *stage, c *pie.Client, a arguments) error {
		p, err := st.player(a.at(0))
		if err != nil {
			return err
		}
		return f(ctx, c, p.id, a)
	}
}

func listed(ctx context.Context, c *pie.Client, id string, a arguments) error {
	for ; ctx.Err() == nil; time.Sleep(lookAgain) {
		now, err := ids(ctx, c)
		if err != nil || now[id] == (a.at(1) == "yes") {
			return err
		}
	}
	return ctx.Err()
}

// next gives the next event, which must be of type T.
func next[T pie.Event](ctx context.Context, p *pie.Process) (T, error) {
	var none T
	event, err := p.Recv(ctx)
	if err != nil {
		return none, err
	}
	if typed, is := event.(T); is {
		return typed, nil
	}
	return none, fmt.Errorf("expected a %T, got %T %+v", none, event, event)
}

func stdout(ctx context.Context, p *pie.Process, a arguments) error {
	return joined(a.at(0), func() (string, error) { e, err := next[pie.Stdout](ctx, p); return e.Text, err })
}

func stderr(ctx context.Context, p *pie.Process, a arguments) error {
	return joined(a.at(0), func() (string, error) { e, err := next[pie.Stderr](ctx, p); return e.Text, err })
}

func joined(wanted string, next func() (string, error)) error {
	got := ""
	for len(got) < len(wanted) {
		text, err := next()
		if err != nil {
			return err
		}
		got += text
	}
	return expect("text", wanted, got)
}

func message(ctx context.Context, p *pie.Process, a arguments) error {
	e, err := next[pie.Message](ctx, p)
	if err != nil {
		return err
	}
	return expect("message", a.at(0), e.Text)
}

func numbers(ctx context.Context, p *pie.Process, a arguments) error {
	for i := range a.number(0) {
		if err := message(ctx, p, arguments{strconv.Itoa(i)}); err != nil {
			return err
		}
	}
	return nil
}

func received(ctx context.Context, p *pie.Process, a arguments) error {
	e, err := next[pie.Message](ctx, p)
	if wanted := "file:" + a.at(0) + ":"; err == nil && !strings.HasPrefix(e.Text, wanted) {
		err = fmt.Errorf("expected %s…, got %s", wanted, e.Text)
	}
	return err
}

func file(ctx context.Context, p *pie.Process, a arguments) error {
	e, err := next[pie.File](ctx, p)
	if err != nil {
		return err
	}
	if e.Err != nil {
		return e.Err
	}
	if !slices.Equal(e.Data, pattern(a.number(0))) {
		return fmt.Errorf("other bytes, %d of them", len(e.Data))
	}
	return nil
}

func fileText(ctx context.Context, p *pie.Process, a arguments) error {
	e, err := next[pie.File](ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(e.Err, expect("name", a.at(0), e.Name), expect("bytes", a.at(1), string(e.Data)))
}

func overflow(ctx context.Context, p *pie.Process, _ arguments) error {
	for event, err := range p.Events(ctx) {
		if err != nil {
			return err
		}
		switch event := event.(type) {
		case pie.Message:
		case pie.Overflow:
			return expect("an event or more", true, event.Events > 0)
		default:
			return fmt.Errorf("got %T", event)
		}
	}
	return fmt.Errorf("nothing was dropped")
}

func returns(ctx context.Context, p *pie.Process, a arguments) error {
	e, err := next[pie.Return](ctx, p)
	if err != nil {
		return err
	}
	return expect("returned", a.at(0), e.Text)
}

func breaks(ctx context.Context, p *pie.Process, a arguments) error {
	event, err := p.Recv(ctx)
	if event != nil {
		return fmt.Errorf("got %T %+v", event, event)
	}
	return step{status: a.at(0), has: a.at(1)}.judge(err)
}

func ended(ctx context.Context, p *pie.Process, _ arguments) error {
	event, err := p.Recv(ctx)
	if err != io.EOF {
		return fmt.Errorf("got %v, %v", event, err)
	}
	return nil
}

func nothing(_ context.Context, p *pie.Process, _ arguments) error {
	event, err := p.TryRecv()
	if event != nil || err != nil {
		return fmt.Errorf("got %v, %v", event, err)
	}
	return nil
}

func result(ctx context.Context, p *pie.Process, a arguments) error {
	text, err := p.Result(ctx)
	if err != nil {
		return err
	}
	return expect("result", a.at(0), text)
}

func sendPath(ctx context.Context, p *pie.Process, a arguments) error {
	folder, err := os.MkdirTemp("", "conformance")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "file")
	if a.at(0) != "missing" {
		if err := os.WriteFile(path, pattern(a.number(0)), 0o600); err != nil {
			return err
		}
	}
	return p.SendPath(ctx, path)
}
