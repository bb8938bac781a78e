// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"runtime"
	"strconv"
	"strings"
	"unsafe"
)

// arguments are texts on their way into a call, which copies them. They are pinned, since structures of C point to them,
// and wiped afterwards, since some are secrets.
type arguments struct {
	pins  runtime.Pinner
	texts [][]byte
	err   error
}

// text gives a text with a NUL behind it. One that has a NUL in it would be cut there, and is an error.
func (a *arguments) text(name, value string) *C.char {
	if strings.IndexByte(value, 0) >= 0 {
		a.fail(name + " has a NUL in it")
	}
	text := make([]byte, len(value)+1)
	copy(text, value)
	a.texts = append(a.texts, text)
	a.pins.Pin(&text[0])
	return (*C.char)(unsafe.Pointer(&text[0]))
}

// optional gives nil for the empty text.
func (a *arguments) optional(name, value string) *C.char {
	if value == "" {
		return nil
	}
	return a.text(name, value)
}

// list gives nil for none.
func (a *arguments) list(name string, values []string) **C.char {
	if len(values) == 0 {
		return nil
	}
	list := make([]*C.char, len(values))
	for i, value := range values {
		list[i] = a.text(name, value)
	}
	return a.array(list)
}

func (a *arguments) array(list []*C.char) **C.char {
	if len(list) == 0 {
		return nil
	}
	a.pins.Pin(&list[0])
	return &list[0]
}

// json gives the JSON text of a value: a json.RawMessage as it is, nil for nil.
func (a *arguments) json(name string, value any) *C.char {
	switch value := value.(type) {
	case nil:
		return nil
	case json.RawMessage:
		return a.text(name, string(value))
	}
	text, err := json.Marshal(value)
	if err != nil && a.err == nil {
		a.err = &Error{Status: ErrInvalidArgument, Message: name + ": " + err.Error(), Cause: err}
	}
	return a.text(name, string(text))
}

func (a *arguments) fail(message string) {
	if a.err == nil {
		a.err = fail("", ErrInvalidArgument, message)
	}
}

func (a *arguments) done() {
	if a == nil {
		return
	}
	a.pins.Unpin()
	for _, text := range a.texts {
		clear(text)
	}
}

func flag(value bool) C.int32_t {
	if value {
		return 1
	}
	return 0
}

// start is where the bytes of a file begin; nil where it has none.
func start(data []byte) unsafe.Pointer {
	return unsafe.Pointer(unsafe.SliceData(data))
}

// jsons gives the JSON texts of values.
func (a *arguments) jsons(values []any) **C.char {
	list := make([]*C.char, len(values))
	for i, value := range values {
		list[i] = a.json("input "+strconv.Itoa(i), value)
	}
	return a.array(list)
}
