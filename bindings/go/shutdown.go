// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import "context"

// Shutdown ends the library's work in this program: every client is closed, everything that waits fails with [ErrClosed],
// logging ends, and the library's threads are gone when it returns nil. When ctx ends before, it goes on. New clients start a
// new life. A program need not call it.
func Shutdown(ctx context.Context) error {
	ended := make(chan error, 1)
	go func() {
		var object *C.pie_error
		ended <- takeError("shutdown", C.pie_shutdown(C.PIE_FOREVER, &object), object)
	}()
	select {
	case err := <-ended:
		SetLogger(nil, 0)
		return err
	case <-ctx.Done():
		return contextError(ctx, "shutdown")
	}
}
