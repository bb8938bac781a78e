// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"errors"
	"unsafe"
)

// Status says what kind of failure an [Error] is. Each is an error itself, to compare with:
// errors.Is(err, pie.ErrRejected).
type Status int32

// What can go wrong.
const (
	ErrInvalidArgument Status = C.PIE_E_INVALID_ARGUMENT // a value out of range, a text with a NUL or that is no UTF-8
	ErrNoMemory        Status = C.PIE_E_NO_MEMORY        // no memory for it, or no thread
	ErrInternal        Status = C.PIE_E_INTERNAL         // a defect of the library
	ErrForked          Status = C.PIE_E_FORKED           // made in a parent process
	ErrWouldDeadlock   Status = C.PIE_E_WOULD_DEADLOCK   // it would wait for itself: a login from inside a signer
	ErrUnsupported     Status = C.PIE_E_UNSUPPORTED      // the engine's generation, or this version, does not have it
	ErrIO              Status = C.PIE_E_IO               // the system refused a file, or has no descriptor left
	ErrTimedOut        Status = C.PIE_E_TIMED_OUT        // a deadline passed; what was asked for may still be done
	ErrCancelled       Status = C.PIE_E_CANCELLED        // a context was cancelled, or a process terminated
	ErrClosed          Status = C.PIE_E_CLOSED           // the client or the process was closed
	ErrTooLarge        Status = C.PIE_E_TOO_LARGE        // larger than a limit, which the text names
	ErrABIMismatch     Status = C.PIE_E_ABI_MISMATCH     // the library that was loaded is older than these bindings
	ErrInvalidState    Status = C.PIE_E_INVALID_STATE    // not now: the text says why
	ErrBusy            Status = C.PIE_E_BUSY             // the outgoing buffer is full
	ErrConnect         Status = C.PIE_E_CONNECT          // no connection came about
	ErrTLS             Status = C.PIE_E_TLS              // the text says which check failed
	ErrDisconnected    Status = C.PIE_E_DISCONNECTED     // the connection was lost
	ErrProtocol        Status = C.PIE_E_PROTOCOL         // the engine sent what makes no sense
	ErrKey             Status = C.PIE_E_KEY              // a private key cannot be used
	ErrAuth            Status = C.PIE_E_AUTH             // not logged in, or the login was refused
	ErrRejected        Status = C.PIE_E_REJECTED         // the engine refused: its words are in the text
	ErrRegistry        Status = C.PIE_E_REGISTRY         // the registry did not answer as it should
	ErrMCP             Status = C.PIE_E_MCP              // an MCP server failed
	ErrProcess         Status = C.PIE_E_PROCESS          // the inferlet ended with an error
)

// Error gives the name of the status in C, such as "PIE_E_REJECTED".
func (s Status) Error() string { return C.GoString(C.pie_status_name(C.pie_status(s))) }

// Error is what every call of this package fails with. errors.Is finds its status and, where a context ended the
// call, context.Canceled or context.DeadlineExceeded; errors.As gives the Error itself.
type Error struct {
	// Op is what failed: "launch", "receive".
	Op string
	// Status is the kind of failure.
	Status Status
	// Message is one line that says what was wrong and what to do, with the engine's own words in it.
	Message string
	// Retriable says that the same call may succeed later without any other change.
	Retriable bool
	// Cause is what another part of the program failed with, a context or a signer; or nil.
	Cause error
}

// Error gives the text.
func (e *Error) Error() string {
	if e.Op == "" {
		return "pie: " + e.Message
	}
	return "pie: " + e.Op + ": " + e.Message
}

// Unwrap gives the status, and the cause if there is one.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Status}
	}
	return []error{e.Status, e.Cause}
}

// Is says that a time limit that has passed in the library is as good as that of a context.
func (e *Error) Is(target error) bool {
	return target == context.DeadlineExceeded && e.Status == ErrTimedOut
}

func fail(op string, status Status, message string) *Error {
	return &Error{Op: op, Status: status, Message: message}
}

func closedError(op string) *Error { return fail(op, ErrClosed, "the client is closed") }

// contextError tells that ctx has ended, which it has.
func contextError(ctx context.Context, op string) *Error {
	cause, status := ctx.Err(), ErrCancelled
	if errors.Is(cause, context.DeadlineExceeded) {
		status = ErrTimedOut
	}
	e := &Error{Op: op, Status: status, Message: cause.Error(), Retriable: status == ErrTimedOut, Cause: cause}
	if why := context.Cause(ctx); why != cause {
		e.Message, e.Cause = e.Message+": "+why.Error(), errors.Join(cause, why)
	}
	return e
}

// takeError turns an error object of the library into an Error, and frees it. The status counts; nil for PIE_OK.
func takeError(op string, status C.pie_status, object *C.pie_error) error {
	if status >= 0 {
		return nil
	}
	defer C.pie_error_free(object)
	return &Error{Op: op, Status: Status(status), Message: C.GoString(C.pie_error_message(object)),
		Retriable: C.pie_error_is_retriable(object) != 0}
}

// goText copies n bytes of C's.
func goText(data *C.char, n C.size_t) string {
	return string(unsafe.Slice((*byte)(unsafe.Pointer(data)), int(n)))
}

// named gives an error of an argument the name of the call.
func named(op string, err error) error {
	if e, is := err.(*Error); is {
		e.Op = op
	}
	return err
}
