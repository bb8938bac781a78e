// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import "unsafe"

// Event is something that a process did: one of [Stdout], [Stderr], [Message], [File], [Return], [Other] and [Overflow].
// There may be more in later versions: skip what you do not know.
type Event interface {
	// Number is 0, 1, 2 … within the process's stream. Dropped events count: a gap is a loss.
	Number() uint64
}

// Sequence numbers an event within its stream.
type Sequence uint64

// Number gives it.
func (s Sequence) Number() uint64 { return uint64(s) }

// Stdout is the text of one write to the inferlet's standard output.
type Stdout struct {
	Sequence
	Text string
}

// Stderr is the text of one write to its standard error.
type Stderr struct {
	Sequence
	Text string
}

// Message is a text that the inferlet sent.
type Message struct {
	Sequence
	Text string
}

// File is a file that the inferlet sent, whole and verified.
type File struct {
	Sequence
	// Name is what the inferlet suggests, made safe to join to a directory; "" if it suggests nothing.
	Name string
	Data []byte
	// Err is why there is no file: it arrived damaged, or was too large ([MaxFileBytes]). Usually nil.
	Err error
}

// Return is the end of an inferlet that ended well: what it returned. The last event of its process.
type Return struct {
	Sequence
	Text string
}

// Other is an engine's event that this version of the library does not know.
type Other struct {
	Sequence
	Name, Value string
}

// Overflow says that events were dropped here, since nobody took them ([QueueMaxBytes]).
type Overflow struct {
	Sequence
	Events, Bytes uint64
}

// event gives the typed event; nil for a kind that this version does not know. The error is the process's failure.
func (r *record) event() (Event, error) {
	number, more := Sequence(r.sequence), r.more
	if more == nil {
		more = &details{}
	}
	switch r.kind {
	case C.PIE_EVENT_STDOUT:
		return Stdout{number, r.text}, nil
	case C.PIE_EVENT_STDERR:
		return Stderr{number, r.text}, nil
	case C.PIE_EVENT_MESSAGE:
		return Message{number, r.text}, nil
	case C.PIE_EVENT_FILE:
		// The text is this record's alone, so its bytes may be given away.
		return File{number, more.name, unsafe.Slice(unsafe.StringData(r.text), len(r.text)), more.err}, nil
	case C.PIE_EVENT_RETURN:
		return Return{number, r.text}, nil
	case C.PIE_EVENT_OTHER:
		return Other{number, more.name, r.text}, nil
	case C.PIE_EVENT_OVERFLOW:
		return Overflow{number, more.current, more.total}, nil
	case C.PIE_EVENT_ERROR:
		return nil, more.err
	}
	return nil, nil
}
