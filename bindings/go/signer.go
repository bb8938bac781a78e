// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
//
// extern int32_t pieGoSign(uint8_t *challenge, size_t size, uint8_t *signature, size_t *signature_size, uintptr_t user_data);
//
// static int32_t pie_go_sign(const uint8_t *challenge, size_t size, uint8_t *signature, size_t *room, void *user_data) {
//   return pieGoSign((uint8_t *)challenge, size, signature, room, (uintptr_t)user_data);
// }
//
// static inline pie_status pie_go_login(pie_client *client, const char *user, uintptr_t signer, int64_t limit, pie_error **error) {
//   return pie_client_authenticate_with_signer(client, user, pie_go_sign, (void *)signer, limit, error);
// }
import "C"

import (
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"runtime"
	"runtime/cgo"
	"time"
	"unsafe"

	"crypto/ecdsa"
)

// Signer signs an engine's challenge, of 48 bytes: as Ed25519, RSA PKCS #1 v1.5 with SHA-256, or ECDSA P-256 with SHA-256 or
// P-384 with SHA-384 (the signature in ASN.1). See [CryptoSigner].
type Signer func(ctx context.Context, challenge []byte) (signature []byte, err error)

// AuthenticateWithSigner logs in with signatures that a function makes: a hardware token, a key service. It is called once,
// in a goroutine of its own, and not at all where the engine wants no signature. Its error is the Cause of an [ErrKey].
//
// When ctx ends, the call returns at once and the signature is not sent any more; one thread may go on waiting for the
// engine's answer, until the deadline of ctx, the answer, or the end of the connection.
func (c *Client) AuthenticateWithSigner(ctx context.Context, user string, sign Signer) error {
	const op = "authenticate"
	if ctx.Err() != nil {
		return contextError(ctx, op)
	}
	if c.core.native.use() == nil {
		return closedError(op)
	}
	ended := make(chan error, 1)
	go func() {
		defer runtime.KeepAlive(c)
		defer c.core.native.done()
		ended <- c.signIn(ctx, user, sign)
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return c.core.held(contextError(ctx, op))
	}
}

// signing is a login with a signer that is under way.
type signing struct {
	ctx  context.Context
	sign Signer
	err  error
}

func (c *Client) signIn(ctx context.Context, user string, sign Signer) error {
	const op = "authenticate"
	var a arguments
	defer a.done()
	name := a.text("username", user)
	if a.err != nil {
		return named(op, a.err)
	}
	s := &signing{ctx: ctx, sign: sign}
	handle := cgo.NewHandle(s)
	defer handle.Delete()
	var object *C.pie_error
	status := C.pie_go_login(c.native(), name, C.uintptr_t(handle), timeLeft(ctx), &object)
	err := takeError(op, status, object)
	if e, is := err.(*Error); is && s.err != nil {
		e.Message, e.Cause = e.Message+": "+s.err.Error(), s.err
	}
	return err
}

// timeLeft is a limit in milliseconds, rounded up.
func timeLeft(ctx context.Context) C.int64_t {
	deadline, has := ctx.Deadline()
	if !has {
		return C.PIE_FOREVER
	}
	return C.int64_t(max(time.Until(deadline).Milliseconds()+1, 1))
}

//export pieGoSign
func pieGoSign(challenge *C.uint8_t, size C.size_t, signature *C.uint8_t, room *C.size_t, handle C.uintptr_t) C.int32_t {
	s := cgo.Handle(handle).Value().(*signing)
	text := []byte(goText((*C.char)(unsafe.Pointer(challenge)), size))
	signed, err := s.run(text)
	if err == nil && len(signed) > int(*room) {
		err = errors.New("the signature is too long")
	}
	if s.err = err; err != nil {
		return 1
	}
	*room = C.size_t(copy(unsafe.Slice((*byte)(signature), int(*room)), signed))
	return 0
}

// run has the signer run where it may end its goroutine: no Go code may leave C's frames behind.
func (s *signing) run(challenge []byte) (signature []byte, err error) {
	err = errors.New("the signer ended its goroutine")
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		signature, err = s.sign(s.ctx, challenge)
	}()
	<-ended
	if err == nil && s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	return signature, err
}

// CryptoSigner signs with a key of package crypto, or one that acts like these: a hardware token's, a key service's.
func CryptoSigner(key crypto.Signer) Signer {
	return func(_ context.Context, challenge []byte) ([]byte, error) {
		switch public := key.Public().(type) {
		case ed25519.PublicKey:
			return key.Sign(rand.Reader, challenge, crypto.Hash(0))
		case *ecdsa.PublicKey:
			if public.Curve == elliptic.P384() {
				digest := sha512.Sum384(challenge)
				return key.Sign(rand.Reader, digest[:], crypto.SHA384)
			}
		}
		digest := sha256.Sum256(challenge)
		return key.Sign(rand.Reader, digest[:], crypto.SHA256)
	}
}
