// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

/// A pointer that goes from one thread to another, one at a time.
struct Sent<Pointer>: @unchecked Sendable {
    let pointer: Pointer
}

/// Refuses a text that C would cut short.
func checked(_ text: String, _ name: String) throws -> String {
    if text.utf8.contains(0) {
        throw PieError(.invalidArgument, "\(name) has a NUL in it")
    }
    return text
}

func checked(_ text: String?, _ name: String) throws -> String? {
    try text.map { try checked($0, name) }
}

/// A time limit in milliseconds, rounded up; nil is `PIE_FOREVER`.
func milliseconds(_ limit: Duration?) throws -> Int64 {
    guard let limit else { return Int64(PIE_FOREVER) }
    guard limit >= .zero else {
        throw PieError(.invalidArgument, "timeout is negative: \(limit)")
    }
    let (seconds, attoseconds) = limit.components
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1000)
    let part = (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    let (sum, carried) = whole.addingReportingOverflow(part)
    return overflow || carried ? Int64.max : sum
}

/// Calls with C texts of these strings, NULL for nil.
func withCStrings<Result>(_ texts: [String?], _ body: ([UnsafePointer<CChar>?]) throws -> Result) rethrows -> Result {
    let copies = texts.map { $0.flatMap { strdup($0) } }
    defer { copies.forEach { free($0) } }
    return try body(copies.map { UnsafePointer($0) })
}

extension pie_event {
    /// `data` as text. What is no UTF-8 becomes U+FFFD.
    var text: String {
        String(decoding: UnsafeRawBufferPointer(start: data, count: size), as: UTF8.self)
    }

    var bytes: Data {
        Data(bytes: data, count: size)
    }

    var nameText: String? {
        name.map { String(cString: $0) }
    }

    /// Why it failed, where its status is negative.
    var failure: PieError? {
        status < 0 ? PieError(copying: error, status: status) : nil
    }
}

/// A text as a JSON string.
func quoted(_ text: String) -> String {
    let json = (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) }
    return json ?? "\"\""
}
