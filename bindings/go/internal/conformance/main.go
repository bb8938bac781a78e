// SPDX-License-Identifier: Apache-2.0 OR MIT

// Command conformance runs the scenarios that every language's bindings are tested with (tests/conformance/README.md):
//
//	conformance SCENARIOS ENGINE [NAME]...
package main

import (
	"fmt"
	"os"
	"slices"
)

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: conformance SCENARIOS ENGINE [NAME]...")
		os.Exit(2)
	}
	text, err := os.ReadFile(os.Args[1])
	if err == nil {
		err = runAll(string(text), os.Args[2], os.Args[3:])
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func runAll(text, engine string, names []string) error {
	scenarios, err := parse(text)
	if err != nil {
		return err
	}
	failed := 0
	for _, s := range scenarios {
		if !slices.Contains(s.engines, engine) || len(names) > 0 && !slices.Contains(names, s.name) {
			continue
		}
		if err := s.run(); err != nil {
			failed++
			fmt.Printf("FAILED %s: %v\n", s.name, err)
		} else {
			fmt.Printf("ok %s\n", s.name)
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d scenarios failed", failed)
	}
	return nil
}
