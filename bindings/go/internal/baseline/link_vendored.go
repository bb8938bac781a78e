// SPDX-License-Identifier: Apache-2.0 OR MIT

//go:build pie_vendored

package baseline

// #cgo CFLAGS: -I${SRCDIR}/../../native/include
// #cgo linux,amd64 LDFLAGS: ${SRCDIR}/../../native/linux_amd64/libpie_client.a -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
// #cgo linux,arm64 LDFLAGS: ${SRCDIR}/../../native/linux_arm64/libpie_client.a -lgcc_s -lutil -lrt -lpthread -lm -ldl -lc
import "C"
