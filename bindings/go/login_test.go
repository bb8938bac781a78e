// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"pie"
)

// withUser starts an engine that knows one user, "gopher", with this key.
func withUser(t *testing.T, key crypto.Signer) *pie.Client {
	t.Helper()
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	must(t, err)
	users := t.TempDir()
	text := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	must(t, os.WriteFile(filepath.Join(users, "gopher.pub"), text, 0o600))
	c, err := pie.Connect(soon(t), startEngine(t, "--users", users).uri)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func newKey(t *testing.T) ed25519.PrivateKey {
	_, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	return key
}

func TestCryptoSigners(t *testing.T) {
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	must(t, err)
	rsa2048, err := rsa.GenerateKey(rand.Reader, 2048)
	must(t, err)
	for _, key := range []crypto.Signer{newKey(t), p256, p384, rsa2048} {
		c := withUser(t, key)
		must(t, c.AuthenticateWithSigner(soon(t), "gopher", pie.CryptoSigner(key)))
		_, err := c.Ping(soon(t))
		must(t, err)
	}
}

func TestSignersThatFail(t *testing.T) {
	c := withUser(t, newKey(t))
	no := errors.New("the token is locked")
	err := c.AuthenticateWithSigner(soon(t), "gopher", func(context.Context, []byte) ([]byte, error) { return nil, no })
	mustBe(t, err, pie.ErrKey)
	mustBe(t, err, no)
	err = c.AuthenticateWithSigner(soon(t), "gopher", func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil })
	mustBe(t, err, pie.ErrKey)
	err = c.AuthenticateWithSigner(soon(t), "gopher", func(context.Context, []byte) ([]byte, error) { return make([]byte, 1<<20), nil })
	mustBe(t, err, pie.ErrKey)
	err = c.AuthenticateWithSigner(soon(t), "gopher", pie.CryptoSigner(newKey(t)))
	mustBe(t, err, pie.ErrAuth)
}

// Nothing is signed for one who has left, and the login ends at once.
func TestASignerThatTakesItsTime(t *testing.T) {
	key := newKey(t)
	c := withUser(t, key)
	ctx, cancel := context.WithCancel(soon(t))
	goOn, wasAsked := make(chan bool), make(chan bool)
	ended := make(chan error)
	go func() {
		ended <- c.AuthenticateWithSigner(ctx, "gopher", func(ctx context.Context, challenge []byte) ([]byte, error) {
			close(wasAsked)
			<-goOn
			return key.Sign(rand.Reader, challenge, crypto.Hash(0))
		})
	}()
	<-wasAsked
	cancel()
	mustBe(t, <-ended, context.Canceled)
	close(goOn)
	// This login waits for the end of the former one, and would change nothing if that had logged in.
	mustBe(t, c.AuthenticateWithSigner(soon(t), "gopher", pie.CryptoSigner(newKey(t))), pie.ErrAuth)
	must(t, c.AuthenticateWithSigner(soon(t), "gopher", pie.CryptoSigner(key)))
}

// A client may be closed while its signer is at work, which then has nothing that was freed.
func TestACloseDuringASigner(t *testing.T) {
	c := withUser(t, newKey(t))
	wasAsked, goOn := make(chan bool), make(chan bool)
	ended := make(chan error)
	go func() {
		ended <- c.AuthenticateWithSigner(soon(t), "gopher", func(context.Context, []byte) ([]byte, error) {
			close(wasAsked)
			<-goOn
			return make([]byte, 64), nil
		})
	}()
	<-wasAsked
	must(t, c.Close())
	close(goOn)
	mustBe(t, <-ended, pie.ErrClosed)
}

func TestPrivateKeys(t *testing.T) {
	made := newKey(t)
	der, err := x509.MarshalPKCS8PrivateKey(made)
	must(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	path := filepath.Join(t.TempDir(), "key")
	must(t, os.WriteFile(path, []byte(text), 0o600))
	parsed, err := pie.ParsePrivateKey(text, "")
	must(t, err)
	read, err := pie.ReadPrivateKey(path, "not needed")
	must(t, err)
	expect(t, "algorithm", parsed.Algorithm()+read.Algorithm(), "ed25519ed25519")
	c := withUser(t, made)
	must(t, c.Authenticate(soon(t), "gopher", parsed))
	must(t, parsed.Close())
	mustBe(t, c.Authenticate(soon(t), "gopher", parsed), pie.ErrClosed)
	expect(t, "algorithm", parsed.Algorithm(), "")
	_, err = pie.ReadPrivateKey(path+"x", "")
	mustBe(t, err, pie.ErrIO)
	_, err = pie.ParsePrivateKey("no key", "")
	mustBe(t, err, pie.ErrKey)
}

func TestOtherLogins(t *testing.T) {
	e := startEngine(t, "--users", t.TempDir())
	c, err := pie.Connect(soon(t), e.uri)
	must(t, err)
	defer c.Close()
	t.Setenv("SSH_AUTH_SOCK", filepath.Join(t.TempDir(), "nobody"))
	mustBe(t, c.AuthenticateWithAgent(soon(t), "me", ""), pie.ErrAuth) // no such user, so that no agent is asked
	mustBe(t, c.AuthenticateWithToken(soon(t), "wrong"), pie.ErrAuth)
	must(t, c.AuthenticateWithToken(soon(t), "scripted-token"))
}
