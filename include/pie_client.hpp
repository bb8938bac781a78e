/*
 * libpie_client for C++17 and later: the C++ interface of pie_client.h. Header-only; link with -lpie_client.
 *
 * SPDX-License-Identifier: Apache-2.0 OR MIT
 *
 *
 * CONVENTIONS. What pie_client.h promises holds here too; this is what C++ adds.
 *
 * Forms. A call that can fail has up to three: `x.ping()` throws pie::error; `x.try_ping()` never throws it and returns a
 * pie::result; `x.ping_async(dispatcher)` does not wait and returns a pie::operation, which is given a callback, gives a
 * std::future, or is awaited by a coroutine. All three take the same inputs, are documented once, and fail alike.
 * With -fno-exceptions the throwing forms do not exist. std::bad_alloc can come from all of them.
 *
 * Handles are move-only and own what they hold; moved from, they are empty, and calls on them give
 * PIE_E_INVALID_ARGUMENT. `get()` lends the C handle, `release()` gives it away, and each can be made from one.
 *
 * Text in is UTF-8 in a std::string_view, and copied. A NUL in it is PIE_E_INVALID_ARGUMENT naming the parameter. Text out
 * is a std::string, but for getters: a std::string_view that lives as long as its handle.
 *
 * Limits of time are a std::chrono::duration of any kind, rounded up to milliseconds. Negative is PIE_E_INVALID_ARGUMENT;
 * what is too long for the clock is for ever. Without one a call waits for ever, as with PIE_FOREVER: a lost or silent
 * connection ends that, an engine that answers pings but not the request does not.
 *
 * Callbacks may capture, and may be move-only. An exception that leaves one ends the program by std::terminate, as it does
 * in std::thread, where the library calls it; inside dispatcher::poll it comes out of poll. Signers and MCP handlers may
 * throw: that is told to the caller or the inferlet.
 *
 * Threads as in C: any call from any thread, but nothing may be moved from or destroyed while another thread uses it.
 */

/** @file
 * The C++ interface of libpie_client. */
#ifndef PIE_CLIENT_HPP
#define PIE_CLIENT_HPP

#include "pie_client/client.hpp"
#include "pie_client/dispatcher.hpp"
#include "pie_client/error.hpp"
#include "pie_client/event.hpp"
#include "pie_client/library.hpp"
#include "pie_client/mcp.hpp"
#include "pie_client/operation.hpp"
#include "pie_client/process.hpp"
#include "pie_client/queue.hpp"
#include "pie_client/settings.hpp"
#include "pie_client/stream.hpp"

#endif
