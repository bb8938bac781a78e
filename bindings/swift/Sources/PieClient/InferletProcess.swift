// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

/// One running or ended inferlet.
///
/// It keeps its client, and with it the connection. When its last reference goes, the inferlet runs on until it ends, or
/// until an engine ends it with the connection.
public final class InferletProcess: Sendable, Identifiable {
    /// The id as the engine spells it; empty where the engine tells none (0.5, launched without capture).
    public let id: String

    private let handle: Handle
    private let client: Client
    private let queue: EventQueue
    private let readers = Locked(Readers())

    private struct Readers {
        var loops = 0
        var ended = false
    }

    init(_ handle: Handle, client: Client) throws {
        self.handle = handle
        self.client = client
        id = handle.use { String(cString: pie_process_id($0)) }
        guard let queue = handle.use(pie_process_queue) else {
            throw PieError(.closed, "the library was shut down")
        }
        self.queue = try EventQueue(queue)
    }

    /// What the process does, in the order in which it does it, from its first event on.
    ///
    /// Events are taken from the library one by one, when the loop asks for them: what is not taken waits there, within the
    /// option `queue_max_bytes`. A loop that is left early loses nothing; another one goes on where it was left. Each
    /// event comes to one loop.
    ///
    /// The stream ends behind ``Event/returned(_:)``, or throws the ``PieError`` of the process. A cancelled task gets
    /// `CancellationError`, or the end of its loop if it was not waiting.
    public var events: AsyncThrowingStream<Event, any Error> {
        let loop = Loop(self)
        return AsyncThrowingStream { try await loop.next() }
    }

    /// Takes the oldest event, waiting for one; nil once the last event was taken.
    ///
    /// - Parameter timeout: How long to wait; zero looks at what is there.
    /// - Throws: The ``PieError`` of the process as its last event; `timedOut` or `CancellationError` where the wait ended
    ///   otherwise, which loses nothing.
    public func nextEvent(timeout: Duration? = nil) async throws -> Event? {
        _ = try milliseconds(timeout)
        return try await queue.next(timeout: timeout, read)
    }

    /// Waits until the process ends and gives what it returned. Asked again, it gives the same answer.
    ///
    /// It takes and drops the events that wait, unless a loop over ``events`` has begun: then it waits until that loop has
    /// come to the end, or was left and its stream has no reference any more. So call it from another task than that of
    /// the loop.
    ///
    /// - Throws: The ``PieError`` of the process; `timedOut` where it has not ended; `unsupported` where it was launched
    ///   without capture.
    public func result(timeout: Duration? = nil) async throws -> String {
        _ = try milliseconds(timeout)
        let end = timeout.map { ContinuousClock.now + $0 }
        while try !hasEnded() {
            try Task.checkCancellation()
            let seen = queue.signal.count
            if try drain() { break }
            guard try await queue.signal.wait(past: seen, until: end) else {
                throw PieError(.timedOut, "the process \(id) has not ended within \(timeout ?? .zero)", isRetriable: true)
            }
        }
        return try returned()
    }

    /// Sends the process a text, which it receives in the order of the calls. It does not wait; engines do not acknowledge
    /// signals.
    ///
    /// - Throws: ``PieError``: `busy` where the outgoing buffer is full (nothing was sent), `invalidState` where the process
    ///   has ended.
    public func signal(_ message: String) throws {
        let message = try checked(message, "message")
        try handle.use { process in
            try PieError.check { pie_process_signal(process, message, $0) }
        }
    }

    /// Sends the process a file from memory; the library copies it. Uploads of one client go one at a time.
    ///
    /// Engines drop a file without a word unless the inferlet is waiting for one: have it send a message when it is ready.
    ///
    /// - Parameters:
    ///   - data: The bytes; none is a file too.
    ///   - timeout: nil waits without a limit.
    ///   - progress: Called with what was handed over so far, on a thread of the library: it must come back soon.
    /// - Throws: ``PieError``, `invalidState` where the process has ended.
    public func transfer(
        _ data: Data,
        timeout: Duration? = nil,
        progress: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws {
        try await call(timeout, progress) { process, limit, to in
            data.withUnsafeBytes {
                pie_process_transfer_file_async(
                    process, $0.baseAddress, $0.count, limit, to.queue, to.tag, to.operation, to.error)
            }
        }
    }

    /// Sends the process a file from disk, which is read while it is sent; otherwise as ``transfer(_:timeout:progress:)``.
    ///
    /// - Throws: ``PieError``, `io` where the file cannot be read or changes meanwhile.
    public func transfer(
        file path: String,
        timeout: Duration? = nil,
        progress: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws {
        let path = try checked(path, "path")
        try await call(timeout, progress) {
            pie_process_transfer_path_async($0, path, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }

    /// Has the engine end the process. Its stream then throws ``PieError`` `cancelled`, unless it ended by itself first.
    ///
    /// - Throws: ``PieError``, `unsupported` where the process has no id.
    public func terminate(timeout: Duration? = nil) async throws {
        try await call(timeout, nil) {
            pie_process_terminate_async($0, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }
}

extension InferletProcess {
    private func call(
        _ timeout: Duration?,
        _ progress: (@Sendable (TransferProgress) -> Void)?,
        begin: (OpaquePointer, Int64, Reporting) throws -> pie_status
    ) async throws {
        let limit = try milliseconds(timeout)
        defer { withExtendedLifetime(self) {} }
        try await perform(progress: progress) { to in
            try handle.use { try begin($0, limit, to) }
        }
    }

    private func read(_ event: pie_event) throws -> Event? {
        if event.kind == PIE_EVENT_RETURN || event.kind == PIE_EVENT_ERROR {
            readers.withLock { $0.ended = true }
            queue.signal.raise()
        }
        return try Event(event)
    }

    private func hasEnded() throws -> Bool {
        readers.withLock { $0.ended }
    }

    /// Drops what waits, unless a loop takes it; true at the end of the queue.
    private func drain() throws -> Bool {
        guard readers.withLock({ $0.loops == 0 }) else { return false }
        if case .end = try queue.look({ _ in nil as Void? }) { return true }
        return false
    }

    /// What the library knows to be the result; asked only once the process has ended.
    private func returned() throws -> String {
        var text: UnsafeMutablePointer<CChar>?
        try handle.use { process in
            try PieError.check { pie_process_result(process, 1000, &text, $0) }
        }
        guard let text else { return "" }
        defer { pie_string_free(text) }
        return String(cString: text)
    }

    private func changeLoops(by change: Int) {
        readers.withLock { $0.loops += change }
        queue.signal.raise()
    }

    /// A loop over the events, from its first event until its stream is dropped or ends.
    private final class Loop: Sendable {
        private let process: InferletProcess
        private let begun = Locked(false)

        init(_ process: InferletProcess) {
            self.process = process
        }

        func next() async throws -> Event? {
            let first = begun.withLock { begun in
                defer { begun = true }
                return !begun
            }
            if first { process.changeLoops(by: 1) }
            return try await process.queue.next(process.read)
        }

        deinit {
            if begun.withLock({ $0 }) { process.changeLoops(by: -1) }
        }
    }
}
