// SPDX-License-Identifier: Apache-2.0 OR MIT

//go:build !pie_vendored

package baseline

// #cgo pkg-config: pie_client
import "C"
