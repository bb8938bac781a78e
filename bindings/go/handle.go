// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

import (
	"sync"
	"unsafe"
)

// handle is an object of the library's that calls may use while another goroutine closes it: the last one frees it.
type handle struct {
	mu       sync.Mutex
	pointer  unsafe.Pointer
	uses     int
	isClosed bool
	free     func(unsafe.Pointer)
}

// use gives the pointer until done is called; nil when the handle is closed.
func (h *handle) use() unsafe.Pointer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.isClosed || h.pointer == nil {
		return nil
	}
	h.uses++
	return h.pointer
}

func (h *handle) done() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.uses--
	h.freeIfUnused()
}

// close never waits. It may be called more than once.
func (h *handle) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.isClosed = true
	h.freeIfUnused()
}

func (h *handle) freeIfUnused() {
	if h.isClosed && h.uses == 0 && h.pointer != nil {
		h.free(h.pointer)
		h.pointer = nil
	}
}
