// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import "context"

// UploadOption is about an upload: [Overwrite], [Progress].
type UploadOption func(*upload)

type upload struct {
	overwrites bool
	progress   func(sent, total uint64)
}

// Overwrite has an install replace what the engine holds under the same name and version. Without it an engine drops the
// new program without a word.
func Overwrite() UploadOption { return func(u *upload) { u.overwrites = true } }

// Progress has a function told how many bytes have been handed over. It runs in the goroutine that waits for the upload;
// one that is slow misses numbers and holds nothing up.
func Progress(f func(sent, total uint64)) UploadOption { return func(u *upload) { u.progress = f } }

func newUpload(options []UploadOption) upload {
	var u upload
	for _, option := range options {
		option(&u)
	}
	return u
}

// InstallProgram installs a program from its files: a WebAssembly component, or (0.5) a script, and its manifest (TOML).
func (c *Client) InstallProgram(ctx context.Context, program, manifest string, options ...UploadOption) error {
	var a arguments
	u, p, m := newUpload(options), a.text("program_path", program), a.text("manifest_path", manifest)
	_, err := c.ask(ctx, &call{op: "install", arguments: &a, progress: u.progress, begin: func(to to) C.pie_status {
		return C.pie_client_install_program_async(c.native(), p, m, flag(u.overwrites), C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// InstallProgramBytes installs a program from memory; manifest is its text.
func (c *Client) InstallProgramBytes(ctx context.Context, program []byte, manifest string, options ...UploadOption) error {
	var a arguments
	u, m := newUpload(options), a.text("manifest", manifest)
	_, err := c.ask(ctx, &call{op: "install", arguments: &a, progress: u.progress, begin: func(to to) C.pie_status {
		return C.pie_client_install_program_bytes_async(c.native(), start(program), C.size_t(len(program)), m, flag(u.overwrites),
			C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return err
}

// CheckProgram says whether the engine has a program of this name and version, "name@major.minor.patch".
func (c *Client) CheckProgram(ctx context.Context, inferlet string) (bool, error) {
	return c.CheckProgramFiles(ctx, inferlet, "", "")
}

// CheckProgramFiles also tells the engine the hashes of the program's and the manifest's file, which engines ignore.
func (c *Client) CheckProgramFiles(ctx context.Context, inferlet, program, manifest string) (bool, error) {
	var a arguments
	name, p, m := a.text("inferlet", inferlet), a.optional("wasm_path", program), a.optional("manifest_path", manifest)
	d, err := c.ask(ctx, &call{op: "check program", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_check_program_async(c.native(), name, p, m, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return d.number != 0, err
}

// ResolveVersion asks a registry, "" for that of the Pie project, for the newest version of an inferlet, and gives
// "name@version". The engine is not asked.
func (c *Client) ResolveVersion(ctx context.Context, name, registry string) (string, error) {
	var a arguments
	n, r := a.text("name", name), a.optional("registry_url", registry)
	d, err := c.ask(ctx, &call{op: "resolve version", arguments: &a, begin: func(to to) C.pie_status {
		return C.pie_client_resolve_version_async(c.native(), n, r, C.PIE_FOREVER, to.queue, to.tag, to.op, to.error)
	}})
	return d.text, err
}
