// SPDX-License-Identifier: Apache-2.0 OR MIT

package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

type scenario struct {
	name    string
	engines []string
	steps   []step
}

// step is one line: what is done, and how it must end.
type step struct {
	line        int
	limit       time.Duration
	isCancelled bool
	// status is what it must fail with, "" for success; has is a part of that error's text.
	status, has string
	word        string
	args        []string
}

const usualLimit = 60 * time.Second

func parse(text string) ([]scenario, error) {
	var scenarios []scenario
	for i, line := range strings.Split(text, "\n") {
		words, err := split(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		switch {
		case len(words) == 0:
		case words[0] == "scenario" && len(words) > 2:
			scenarios = append(scenarios, scenario{name: words[1], engines: words[2:]})
		case len(scenarios) == 0:
			return nil, fmt.Errorf("line %d: no scenario yet", i+1)
		default:
			s, err := parseStep(i+1, words)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			last := &scenarios[len(scenarios)-1]
			last.steps = append(last.steps, s)
		}
	}
	return scenarios, nil
}

// split gives the words of a line; between two ' a word is taken as it is.
func split(line string) (words []string, err error) {
	for rest := strings.TrimLeft(line, " \t"); rest != "" && rest[0] != '#'; rest = strings.TrimLeft(rest, " \t") {
		var word string
		if rest[0] == '\'' {
			var closed bool
			if word, rest, closed = strings.Cut(rest[1:], "'"); !closed {
				return nil, fmt.Errorf("a ' without its end")
			}
		} else {
			end := strings.IndexAny(rest, " \t")
			if end < 0 {
				end = len(rest)
			}
			word, rest = rest[:end], rest[end:]
		}
		words = append(words, word)
	}
	return words, nil
}

func parseStep(line int, words []string) (step, error) {
	s := step{line: line, limit: usualLimit}
	if len(words) > 2 && words[0] == "within" {
		n, err := strconv.Atoi(words[1])
		if err != nil {
			return s, err
		}
		s.limit, words = time.Duration(n)*time.Millisecond, words[2:]
	}
	if len(words) > 1 && words[0] == "cancelled" {
		s.isCancelled, s.status, words = true, "PIE_E_CANCELLED", words[1:]
	}
	if len(words) > 2 && words[0] == "fails" {
		s.status, words = words[1], words[2:]
		if len(words) > 2 && words[0] == "has" {
			s.has, words = words[1], words[2:]
		}
	}
	s.word, s.args = words[0], words[1:]
	return s, nil
}
