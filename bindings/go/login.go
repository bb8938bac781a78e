// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// Authenticate logs in under a user's name. Engines 0.4 need a login before anything else, 0.5 take any. The key is for
// an engine that wants a signature; nil where its login is off. Logged in already: nil, and nothing changes.
func (c *Client) Authenticate(ctx context.Context, user string, key *PrivateKey) error {
	var a arguments
	name := a.text("username", user)
	var native *C.pie_private_key
	if key != nil {
		defer runtime.KeepAlive(key)
		if native = (*C.pie_private_key)(key.handle.use()); native == nil {
			a.done()
			return fail("authenticate", ErrClosed, "the key is closed")
		}
		defer key.handle.done()
	}
	_, err := c.ask(ctx, &call{op: "authenticate", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_authenticate_async(c.native(), name, native, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// AuthenticateWithAgent logs in with a key that the SSH agent of this session holds: the one with this public key, as in a
// .pub file or as a fingerprint ("SHA256:..."), or "" for the agent's keys in its order until the engine accepts one.
func (c *Client) AuthenticateWithAgent(ctx context.Context, user, publicKey string) error {
	var a arguments
	name, key := a.text("username", user), a.optional("public_key", publicKey)
	_, err := c.ask(ctx, &call{op: "authenticate", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_authenticate_with_agent_async(c.native(), name, key, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// AuthenticateWithToken logs in with the internal token of an engine 0.4, as the user "internal".
func (c *Client) AuthenticateWithToken(ctx context.Context, token string) error {
	var a arguments
	secret := a.text("token", token)
	_, err := c.ask(ctx, &call{op: "authenticate", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_auth_by_token_async(c.native(), secret, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// PrivateKey is a key to log in with: Ed25519, RSA of 2048 bits or more, ECDSA P-256 or P-384. It belongs to no client, and
// any number of goroutines may use it. It is wiped by Close, or some time after it is unreachable.
type PrivateKey struct{ handle *handle }

// ReadPrivateKey reads the first private key of a file of any common form; "~/" is the home directory. The passphrase
// is "" where there is none. A key that is encrypted takes as long to open as its maker wanted.
func ReadPrivateKey(path, passphrase string) (*PrivateKey, error) {
	return newPrivateKey("path", path, passphrase, func(p, s *C.char, out **C.pie_private_key, e **C.pie_error) C.pie_status {
		return C.pie_private_key_from_file(p, s, out, e)
	})
}

// ParsePrivateKey reads the first private key of a text, as ReadPrivateKey does.
func ParsePrivateKey(text, passphrase string) (*PrivateKey, error) {
	return newPrivateKey("text", text, passphrase, func(t, s *C.char, out **C.pie_private_key, e **C.pie_error) C.pie_status {
		return C.pie_private_key_parse(t, s, out, e)
	})
}

func newPrivateKey(what, value, passphrase string,
	read func(v, s *C.char, out **C.pie_private_key, e **C.pie_error) C.pie_status) (*PrivateKey, error) {
	const op = "private key"
	var a arguments
	defer a.done()
	v, secret := a.text(what, value), a.optional("passphrase", passphrase)
	if a.err != nil {
		return nil, named(op, a.err)
	}
	var native *C.pie_private_key
	var object *C.pie_error
	if status := read(v, secret, &native, &object); status != C.PIE_OK {
		return nil, takeError(op, status, object)
	}
	h := &handle{pointer: unsafe.Pointer(native), free: func(p unsafe.Pointer) { C.pie_private_key_free((*C.pie_private_key)(p)) }}
	key := &PrivateKey{h}
	runtime.AddCleanup(key, func(h *handle) { h.close() }, h)
	return key, nil
}

// Algorithm is "ed25519", "rsa-3072" (with its bits), "ecdsa-p256" or "ecdsa-p384"; "" once the key is closed.
func (k *PrivateKey) Algorithm() string {
	defer runtime.KeepAlive(k)
	native := k.handle.use()
	if native == nil {
		return ""
	}
	defer k.handle.done()
	return C.GoString(C.pie_private_key_algorithm((*C.pie_private_key)(native)))
}

// Close wipes the key. Clients that it has logged in do not need it. The error is nil.
func (k *PrivateKey) Close() error {
	defer runtime.KeepAlive(k)
	k.handle.close()
	return nil
}
