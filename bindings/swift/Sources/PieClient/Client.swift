// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// One connection to a Pie engine.
///
/// Every method may be called from any task, also at once. None blocks a thread of Swift's concurrency. A cancelled task
/// has its call given up and gets `CancellationError`: "not waited for", which is not "not done", but a process that a
/// cancelled launch has started is terminated.
///
/// The connection lives as long as the client or one of its processes has a reference, or until ``close(timeout:)``. A
/// client that is dropped closes by itself.
///
/// A `timeout` of nil waits until it is done or the connection ends; an engine that lives but never answers is then waited
/// for without end. When time is up, calls throw ``PieError`` with `timedOut`.
public final class Client: Sendable {
    let handle: Handle
    let connectionQueue: EventQueue
    /// The tag of each MCP handler, by its name.
    let tools = Locked<[String: UInt64]>([:])

    /// Connects to an engine.
    ///
    /// - Parameters:
    ///   - uri: `ws://host:port`, or `wss://host:port` for TLS.
    ///   - options: Settings, such as what happens to events that nobody takes.
    ///   - timeout: For all of it.
    /// - Throws: ``PieError``: `connect`, `tls`, `timedOut`, `invalidArgument` for a URI or an option that makes no sense.
    public static func connect(
        _ uri: String,
        options: Options = Options(),
        timeout: Duration? = .seconds(30)
    ) async throws -> Client {
        let uri = try checked(uri, "uri"), limit = try milliseconds(timeout), options = try options.makeHandle()
        let client = try await perform { to in
            options.use { pie_client_connect_async(uri, $0, limit, to.queue, to.tag, to.operation, to.error) }
        } take: { event in
            try take(pie_event_take_client(event), free: { pie_client_free($0) })
        }
        return try Client(client)
    }

    private init(_ handle: Handle) throws {
        self.handle = handle
        guard let queue = handle.use(pie_client_queue) else {
            throw PieError(.closed, "the library was shut down")
        }
        connectionQueue = try EventQueue(queue)
    }

    deinit {
        forgetTools()
    }

    /// Closes the connection: calls under way and streams of running processes end with ``PieError`` `closed`, and programs
    /// that are MCP servers are ended. All of them have when it returns. Also works the second time.
    ///
    /// - Parameter timeout: When time is up, the close goes on, and another call waits for it.
    public func close(timeout: Duration? = nil) async throws {
        defer { forgetTools() }
        try await call(timeout) { pie_client_close_async($0, $1, $2.queue, $2.tag, $2.operation, $2.error) }
    }

    /// Measures the time to the engine's answer. A busy engine answers late: it is no test of the connection.
    public func ping(timeout: Duration? = nil) async throws -> Duration {
        try await call(timeout) {
            pie_client_ping_async($0, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: {
            .nanoseconds(Int64(clamping: $0.pointee.current))
        }
    }

    /// Asks the engine for a fact.
    ///
    /// - Parameters:
    ///   - subject: Such as `model_status`. Engines 0.4 never answer a subject that they do not know.
    ///   - record: About what; empty where the subject needs none.
    ///   - timeout: nil waits without a limit.
    /// - Returns: The engine's answer, a JSON text.
    /// - Throws: ``PieError``, `rejected` where the engine refuses.
    public func query(_ subject: String, _ record: String = "", timeout: Duration? = nil) async throws -> String {
        let subject = try checked(subject, "subject"), record = try checked(record, "record")
        return try await call(timeout) {
            pie_client_query_async($0, subject, record, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: {
            $0.pointee.text
        }
    }

    /// The generation of the engine.
    public var generation: Generation {
        Generation(rawValue: handle.use(pie_client_generation))
    }

    /// The version of the C library.
    public static var libraryVersion: String {
        String(cString: pie_version())
    }
}

extension Client {
    /// Which generation of engines it is: they differ in what they can do.
    public struct Generation: RawRepresentable, Hashable, Sendable {
        /// The number that the C library gives it.
        public let rawValue: Int32

        /// Makes a generation of a number of the C library.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// Engines 0.3 and 0.4.
        public static let v0_4 = Generation(rawValue: PIE_GENERATION_0_4)
        /// Engines 0.5.
        public static let v0_5 = Generation(rawValue: PIE_GENERATION_0_5)
    }
}

/// How far an upload has come.
public struct TransferProgress: Hashable, Sendable {
    /// The bytes that were handed to the connection.
    public let completed: UInt64
    /// All bytes.
    public let total: UInt64

    /// Makes a progress, such as for tests of your own.
    public init(completed: UInt64, total: UInt64) {
        self.completed = completed
        self.total = total
    }
}

// MARK: - For the other parts

extension Client {
    typealias Begin = (OpaquePointer, Int64, Reporting) throws -> pie_status

    /// Runs an asynchronous call of this client.
    func call<Value: Sendable>(
        _ timeout: Duration?,
        progress: (@Sendable (TransferProgress) -> Void)? = nil,
        begin: Begin,
        take: @escaping @Sendable (EventPointer) throws -> Value
    ) async throws -> Value {
        let limit = try milliseconds(timeout)
        defer { withExtendedLifetime(self) {} }
        return try await perform(progress: progress) { to in
            try handle.use { try begin($0, limit, to) }
        } take: {
            try take($0)
        }
    }

    /// Runs one that bears nothing.
    func call(
        _ timeout: Duration?,
        progress: (@Sendable (TransferProgress) -> Void)? = nil,
        begin: Begin
    ) async throws {
        try await call(timeout, progress: progress, begin: begin, take: { _ in })
    }
}

/// Wraps what an event bears.
func take(_ pointer: OpaquePointer?, free: @escaping @Sendable (OpaquePointer) -> Void) throws -> Handle {
    guard let pointer else { throw PieError(.internal, "the event bears nothing") }
    return Handle(pointer, free: free)
}
