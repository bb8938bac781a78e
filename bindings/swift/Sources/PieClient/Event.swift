// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

/// Something that a process did. Later versions may have more cases: have a `default`.
///
/// A failure of the process is no event: the stream throws it, as a ``PieError`` with `process` where the inferlet failed,
/// `cancelled` where this client terminated it, `disconnected` or `closed` where it is out of reach.
public enum Event: Hashable, Sendable {
    /// One write to its standard output.
    case stdout(String)
    /// One write to its standard error.
    case stderr(String)
    /// A message.
    case message(String)
    /// A file, whole and verified. The name is the one it suggests, made safe to join to a directory; nil where it has none.
    case file(name: String?, data: Data)
    /// A file that could not be delivered: damaged (`protocol`), or more than the option `max_file_bytes` allows (`tooLarge`).
    case fileLost(name: String?, PieError)
    /// What it returned: the last event.
    case returned(String)
    /// Events that were dropped here, since the queue was full.
    case overflow(count: UInt64, bytes: UInt64)
    /// An event that the library does not know.
    case other(name: String, data: Data)
}

extension Event {
    /// Gives nil for a kind that this version does not know; throws what an ERROR tells.
    init?(_ event: pie_event) throws {
        switch event.kind {
        case PIE_EVENT_STDOUT: self = .stdout(event.text)
        case PIE_EVENT_STDERR: self = .stderr(event.text)
        case PIE_EVENT_MESSAGE: self = .message(event.text)
        case PIE_EVENT_FILE: self = Event(file: event)
        case PIE_EVENT_RETURN: self = .returned(event.text)
        case PIE_EVENT_ERROR: throw event.failure ?? PieError(.internal, event.text)
        case PIE_EVENT_OVERFLOW: self = .overflow(count: event.current, bytes: event.total)
        case PIE_EVENT_OTHER: self = .other(name: event.nameText ?? "", data: event.bytes)
        default: return nil
        }
    }

    private init(file event: pie_event) {
        if let failure = event.failure {
            self = .fileLost(name: event.nameText, failure)
        } else {
            self = .file(name: event.nameText, data: event.bytes)
        }
    }
}
