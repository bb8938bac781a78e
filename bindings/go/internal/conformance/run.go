// SPDX-License-Identifier: Apache-2.0 OR MIT

package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"pie"
)

// stage is what a scenario has made.
type stage struct {
	clients map[string]*pie.Client
	current string
	players map[string]*player
}

// player is a process, or, launched apart, an id alone.
type player struct {
	*pie.Process
	id string
}

func (s scenario) run() error {
	st := &stage{clients: map[string]*pie.Client{}, current: "a", players: map[string]*player{}}
	defer st.close()
	for _, step := range s.steps {
		if err := step.run(st); err != nil {
			return fmt.Errorf("line %d: %s: %w", step.line, step.word, err)
		}
	}
	return nil
}

func (st *stage) close() {
	for _, p := range st.players {
		if p.Process != nil {
			p.Close()
		}
	}
	for _, c := range st.clients {
		c.Close()
	}
}

// cancelAfter is how long a step that is cancelled may have been under way.
const cancelAfter = 20 * time.Millisecond

func (s step) run(st *stage) error {
	action, known := actions[s.word]
	if !known {
		return errors.New("this runner does not know it")
	}
	ctx, cancel := context.WithTimeout(context.Background(), s.limit)
	defer cancel()
	if s.isCancelled {
		defer time.AfterFunc(cancelAfter, cancel).Stop()
	}
	return s.judge(action(ctx, st, arguments(s.args)))
}

// statusOf is the name of what a call has ended with.
func statusOf(err error) string {
	var e *pie.Error
	switch {
	case err == nil:
		return "PIE_OK"
	case errors.As(err, &e):
		return e.Status.Error()
	}
	return "no error of the library"
}

func (s step) judge(err error) error {
	if s.status == "" {
		return err
	}
	if err == nil {
		return fmt.Errorf("expected %s, and it did", s.status)
	}
	if statusOf(err) != s.status {
		return fmt.Errorf("expected %s, got %s: %w", s.status, statusOf(err), err)
	}
	if !strings.Contains(err.Error(), s.has) {
		return fmt.Errorf("expected %q in: %w", s.has, err)
	}
	return contextAgrees(s, err)
}

// contextAgrees checks that errors.Is finds what a user of Go asks for.
func contextAgrees(s step, err error) error {
	switch {
	case s.isCancelled && !errors.Is(err, context.Canceled):
		return fmt.Errorf("it is not context.Canceled: %w", err)
	case s.status == "PIE_E_TIMED_OUT" && !errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("it is not context.DeadlineExceeded: %w", err)
	}
	return nil
}

func (st *stage) client() (*pie.Client, error) {
	if c := st.clients[st.current]; c != nil {
		return c, nil
	}
	return nil, fmt.Errorf("client %s is not connected", st.current)
}

func (st *stage) player(name string) (*player, error) {
	if p := st.players[name]; p != nil {
		return p, nil
	}
	return nil, fmt.Errorf("there is no process %s", name)
}

func (st *stage) process(name string) (*pie.Process, error) {
	p, err := st.player(name)
	if err != nil {
		return nil, err
	}
	if p.Process == nil {
		return nil, fmt.Errorf("process %s has no stream", name)
	}
	return p.Process, nil
}
