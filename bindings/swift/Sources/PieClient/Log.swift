// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// A line that the library logs.
public struct LogLine: Hashable, Sendable {
    /// How detailed a line is.
    public enum Level: Int32, Comparable, Sendable {
        /// What failed.
        case error = 1
        /// What is likely to fail.
        case warn = 2
        /// What happened.
        case info = 3
        /// What happened, to the developers of the library.
        case debug = 4
        /// Everything.
        case trace = 5

        /// Whether one is less detailed than the other.
        public static func < (less: Level, more: Level) -> Bool {
            less.rawValue < more.rawValue
        }
    }

    /// How detailed it is.
    public let level: Level
    /// The part of the library that it comes from.
    public let target: String
    /// One line of text, without secrets.
    public let message: String
}

extension Client {
    /// Sends the lines that the library logs, of all clients, to a function. Without one the library is silent.
    ///
    /// - Parameters:
    ///   - level: The most detailed level wanted.
    ///   - handler: Called on any thread, also on several at once; it must come back soon and use nothing of this module.
    ///     nil for none. When the call returns, the former one does not run any more.
    public static func setLogHandler(level: LogLine.Level = .info, _ handler: (@Sendable (LogLine) -> Void)?) {
        let sink = handler.map(LogSink.init)
        let function: pie_log_fn = { level, target, message, sink in
            guard let level = LogLine.Level(rawValue: level), let target, let message, let sink else { return }
            let line = LogLine(level: level, target: String(cString: target), message: String(cString: message))
            Unmanaged<LogSink>.fromOpaque(sink).takeUnretainedValue().handler(line)
        }
        logSink.withLock { current in
            let own = sink.map { Unmanaged.passUnretained($0).toOpaque() }
            pie_set_log_callback(level.rawValue, sink == nil ? nil : function, own)
            current = sink
        }
    }
}

private final class LogSink: Sendable {
    let handler: @Sendable (LogLine) -> Void

    init(_ handler: @escaping @Sendable (LogLine) -> Void) {
        self.handler = handler
    }
}

/// What the library logs to, kept as long as it does.
private let logSink = Locked<LogSink?>(nil)
