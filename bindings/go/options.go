// SPDX-License-Identifier: Apache-2.0 OR MIT

package pie

// #include "bridge.h"
import "C"

import (
	"encoding/json"
	"strconv"
	"sync"
	"time"
)

// Option is a setting of a connection, given to [Connect]. Of two of the same kind the later one counts.
type Option struct{ key, value string }

// Set sets an option by its name and its value as text, such as "queue_max_bytes" and "1048576". The functions below do
// the same for each of them; [OptionsDescription] has them all.
func Set(key, value string) Option { return Option{key, value} }

func number(key string, value int64) Option { return Set(key, strconv.FormatInt(value, 10)) }

// milliseconds rounds up, so that a short time does not become 0, which often means "for ever".
func milliseconds(key string, d time.Duration) Option {
	return number(key, int64((d+time.Millisecond-1)/time.Millisecond))
}

// KeepaliveInterval is how long the engine may be silent before it is pinged; 0: it never is, nor found to be gone.
func KeepaliveInterval(d time.Duration) Option { return milliseconds("keepalive_interval_ms", d) }

// KeepaliveTimeout is how long a pinged engine may stay silent before the connection counts as lost; 0: for ever.
func KeepaliveTimeout(d time.Duration) Option { return milliseconds("keepalive_timeout_ms", d) }

// CloseTimeout is how long a close waits for the engine and for MCP servers.
func CloseTimeout(d time.Duration) Option { return milliseconds("close_timeout_ms", d) }

// QueueMaxBytes is how much is kept of the events of one process that nobody takes, and of the requests to one tool. An
// event counts as 32 bytes at least. The library and this package keep so much each.
func QueueMaxBytes(n int64) Option { return number("queue_max_bytes", n) }

// OverflowDrop has events past [QueueMaxBytes] dropped and told of by an [Overflow]. It is the default.
func OverflowDrop() Option { return Set("overflow", "drop") }

// OverflowPause has nothing dropped: where a process has no room, nothing more is read from the connection, answers
// included, until somebody takes its events. So one slow reader holds up all calls and processes of the client.
func OverflowPause() Option { return Set("overflow", "pause") }

// MaxMessageBytes is the largest message taken from the engine or an MCP server.
func MaxMessageBytes(n int64) Option { return number("max_message_bytes", n) }

// MaxFileBytes is the largest file taken from an inferlet, and what all files under way may hold together.
func MaxFileBytes(n int64) Option { return number("max_file_bytes", n) }

// UploadWindowBytes is how much of an upload may wait in memory.
func UploadWindowBytes(n int64) Option { return number("upload_window_bytes", n) }

// MCPTimeout is how long an MCP server or a tool may take to answer one request; 0: no limit.
func MCPTimeout(d time.Duration) Option { return milliseconds("mcp_timeout_ms", d) }

// Identity is the tenant and user, "default/pie-client", that engines from 0.5 on are told.
func Identity(identity string) Option { return Set("identity", identity) }

// Header is a further header of the handshake; an empty value takes it back.
func Header(name, value string) Option { return Set("header."+name, value) }

// EngineGeneration is "0.4", "0.5", or "auto": found out while connecting, which is the default.
func EngineGeneration(generation string) Option { return Set("generation", generation) }

// Reconnect has a connection that is lost made again, with its login and, where the engine allows it, its processes.
// What was under way is never sent a second time.
func Reconnect() Option { return Set("reconnect", "on") }

// ReconnectMaxAttempts is how often that is tried after each loss.
func ReconnectMaxAttempts(n int) Option { return number("reconnect_max_attempts", int64(n)) }

// ReconnectMaxDelay is the longest pause before an attempt.
func ReconnectMaxDelay(d time.Duration) Option { return milliseconds("reconnect_max_delay_ms", d) }

// TLSCAFile is a PEM file of authorities to trust instead of the platform's.
func TLSCAFile(path string) Option { return Set("tls_ca_file", path) }

// TLSClientCertificate are PEM files of the client's certificate chain and its private key.
func TLSClientCertificate(certificates, key string) []Option {
	return []Option{Set("tls_client_cert_file", certificates), Set("tls_client_key_file", key)}
}

// TLSInsecureSkipVerify has the engine's certificate not verified, which is for tests alone.
func TLSInsecureSkipVerify() Option { return Set("tls_verify", "false") }

// UserAgent is the header of that name.
func UserAgent(agent string) Option { return Set("user_agent", agent) }

// OptionsDescription describes every option as a JSON array of objects with key, type, default, range, meaning, served.
func OptionsDescription() string { return C.GoString(C.pie_options_describe()) }

var defaults = sync.OnceValue(func() map[string]string {
	var described []struct{ Key, Default string }
	values := map[string]string{}
	if json.Unmarshal([]byte(OptionsDescription()), &described) == nil {
		for _, option := range described {
			values[option.Key] = option.Default
		}
	}
	return values
})

// newOptions gives options that the caller frees.
func newOptions(settings []Option) (*C.pie_options, error) {
	options := C.pie_options_new()
	if options == nil {
		return nil, fail("connect", ErrNoMemory, "no memory for options")
	}
	for _, setting := range settings {
		if err := setting.set(options); err != nil {
			C.pie_options_free(options)
			return nil, err
		}
	}
	return options, nil
}

func (o Option) set(options *C.pie_options) error {
	var a arguments
	defer a.done()
	key, value := a.text("key", o.key), a.text("value of "+o.key, o.value)
	if a.err != nil {
		return named("connect", a.err)
	}
	var object *C.pie_error
	return takeError("connect", C.pie_options_set(options, key, value, &object), object)
}

// limitsOf are those of settings that the library has accepted.
func limitsOf(settings []Option) limits {
	value := func(key string) string {
		for i := len(settings) - 1; i >= 0; i-- {
			if settings[i].key == key {
				return settings[i].value
			}
		}
		return defaults()[key]
	}
	most, _ := strconv.Atoi(value("queue_max_bytes"))
	timeout, _ := strconv.Atoi(value("mcp_timeout_ms"))
	return limits{queueMaxBytes: most, pauses: value("overflow") == "pause", toolTimeout: time.Duration(timeout) * time.Millisecond}
}
