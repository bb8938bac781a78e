// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

/// Why a call or a process failed.
///
/// A cancelled task gets `CancellationError` instead.
public struct PieError: Error, Hashable, Sendable {
    /// What kind of failure it is, to decide by.
    public let code: Code

    /// One line that says what was wrong and what to do, with the engine's own words in it.
    public let message: String

    /// Whether the same call may succeed later without any other change.
    public let isRetriable: Bool

    /// Makes an error, such as for tests of your own.
    public init(_ code: Code, _ message: String, isRetriable: Bool = false) {
        self.code = code
        self.message = message
        self.isRetriable = isRetriable
    }
}

extension PieError {
    /// The kind of a failure. Later versions of the library may have more: have a `default`.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number that the C library gives it.
        public let rawValue: Int32

        /// Makes a code of a number of the C library.
        public init(rawValue: Int32) {
            self.rawValue = rawValue
        }

        /// A value out of range, or a text that cannot be sent: the message names the parameter.
        public static let invalidArgument = Code(rawValue: PIE_E_INVALID_ARGUMENT)
        /// There is no memory for it, or no thread.
        public static let noMemory = Code(rawValue: PIE_E_NO_MEMORY)
        /// A defect of the library: please report the message.
        public static let `internal` = Code(rawValue: PIE_E_INTERNAL)
        /// The object was made before a fork, in the parent process.
        public static let forked = Code(rawValue: PIE_E_FORKED)
        /// The call would wait for the thread that it was made on, such as a login from inside a signer.
        public static let wouldDeadlock = Code(rawValue: PIE_E_WOULD_DEADLOCK)
        /// This version of the library, or the engine's generation, does not have it.
        public static let unsupported = Code(rawValue: PIE_E_UNSUPPORTED)
        /// The operating system refused a file, or has no descriptor left.
        public static let io = Code(rawValue: PIE_E_IO)
        /// Time was up; what was asked for may still be done.
        public static let timedOut = Code(rawValue: PIE_E_TIMED_OUT)
        /// The process was terminated by this client.
        public static let cancelled = Code(rawValue: PIE_E_CANCELLED)
        /// The client was closed.
        public static let closed = Code(rawValue: PIE_E_CLOSED)
        /// Larger than a limit, which the message names.
        public static let tooLarge = Code(rawValue: PIE_E_TOO_LARGE)
        /// The library that was loaded is older than the header that this package was compiled with.
        public static let abiMismatch = Code(rawValue: PIE_E_ABI_MISMATCH)
        /// Not now or not here: the message says why.
        public static let invalidState = Code(rawValue: PIE_E_INVALID_STATE)
        /// The outgoing buffer is full: nothing was sent, try again later.
        public static let busy = Code(rawValue: PIE_E_BUSY)
        /// No connection came about.
        public static let connect = Code(rawValue: PIE_E_CONNECT)
        /// TLS failed.
        public static let tls = Code(rawValue: PIE_E_TLS)
        /// The connection was lost.
        public static let disconnected = Code(rawValue: PIE_E_DISCONNECTED)
        /// The engine sent what makes no sense.
        public static let `protocol` = Code(rawValue: PIE_E_PROTOCOL)
        /// A private key cannot be used.
        public static let key = Code(rawValue: PIE_E_KEY)
        /// Not logged in, or the engine refused the login.
        public static let auth = Code(rawValue: PIE_E_AUTH)
        /// The engine refused the request: its own words are in the message.
        public static let rejected = Code(rawValue: PIE_E_REJECTED)
        /// The registry did not answer as it should.
        public static let registry = Code(rawValue: PIE_E_REGISTRY)
        /// An MCP server failed.
        public static let mcp = Code(rawValue: PIE_E_MCP)
        /// The inferlet ended with an error.
        public static let process = Code(rawValue: PIE_E_PROCESS)
    }
}

extension PieError.Code: CustomStringConvertible {
    /// The name that the C library gives it, such as `PIE_E_TIMED_OUT`.
    public var description: String {
        String(cString: pie_status_name(rawValue))
    }
}

extension PieError: CustomStringConvertible, LocalizedError {
    /// The message and the name of the code.
    public var description: String {
        "\(message) (\(code))"
    }

    /// The message.
    public var errorDescription: String? {
        message
    }
}

extension PieError {
    init(copying error: OpaquePointer?, status: pie_status) {
        self.init(
            Code(rawValue: status),
            String(cString: pie_error_message(error)),
            isRetriable: pie_error_is_retriable(error) != 0
        )
    }

    /// Runs a function of the library, gives its status, and throws where that is negative.
    static func status(_ body: (UnsafeMutablePointer<OpaquePointer?>) throws -> pie_status) throws -> pie_status {
        var error: OpaquePointer?
        let status = try body(&error)
        defer { pie_error_free(error) }
        if status < 0 { throw PieError(copying: error, status: status) }
        return status
    }

    /// The same for functions whose only good status is `PIE_OK`.
    static func check(_ body: (UnsafeMutablePointer<OpaquePointer?>) throws -> pie_status) throws {
        _ = try status(body)
    }
}
