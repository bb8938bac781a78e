// SPDX-License-Identifier: Apache-2.0 OR MIT

// Package pie is a client of Pie, the programmable LLM serving engine, on top of libpie_client. Inferlets, small programs
// that drive a model, are installed and launched; each run of one is a [Process], whose events are ranged over while they
// come. See the example below.
//
// # Contexts
//
// Every call that waits takes a context and returns as soon as that ends, with an error that is context.Canceled or
// context.DeadlineExceeded. The engine may still do what was asked for; a process that is launched too late is terminated.
// A call without a limit waits until it is done or the connection ends. An engine or a network that falls silent is
// found by pings ([KeepaliveInterval]).
//
// # Errors
//
// Every error is an [*Error], but for io.EOF at the end of a stream. errors.Is compares it with a [Status], such as
// [ErrRejected], and errors.As gives its text and whether the call may be repeated.
//
// # Goroutines
//
// Everything may be used by any number of goroutines at once. A client has one goroutine of its own, which sleeps inside the
// library, takes events in batches, and gives each to whom it is for. A tool that is called has one for each call.
//
// # Slow readers
//
// What nobody takes of a process is kept up to [QueueMaxBytes]; past that its events are dropped and an [Overflow] tells so,
// while the end always comes. Others are not harmed. Memory is bounded by three times that for each process: what waits in
// this package, in the library, and in the batch between them. With [OverflowPause] nothing is dropped, and one slow reader
// holds up the whole connection, answers included: have a client for each such reader.
//
// # Closing
//
// [Client.Close] ends calls and streams; [Process.Close] lets go of a process. Handles that are forgotten are given back
// some time later: a safety net, which a program should not count on.
package pie
