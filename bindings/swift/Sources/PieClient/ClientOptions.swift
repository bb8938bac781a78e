// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

extension Client {
    /// Settings of a connection: text keys and values, checked by ``Client/connect(_:options:timeout:)``.
    ///
    /// ```swift
    /// var options: Client.Options = ["user_agent": "my-app/1.0"]
    /// options.overflow = .pause
    /// ```
    ///
    /// `docs/options.md` of the library and ``description`` list every key.
    public struct Options: Sendable, Hashable, ExpressibleByDictionaryLiteral {
        /// What is set; all else is at its default.
        public private(set) var values: [String: String] = [:]

        /// Makes options with every value at its default.
        public init() {}

        /// Makes options of keys and values. Of a key that stands twice the last value counts.
        public init(dictionaryLiteral elements: (String, String)...) {
            values = Dictionary(elements, uniquingKeysWith: { $1 })
        }

        /// One option by its name, such as `queue_max_bytes` or `header.authorization`; nil is its default.
        public subscript(key: String) -> String? {
            get { values[key] }
            set { values[key] = newValue }
        }

        /// What happens to the events of a process that nobody takes.
        public enum Overflow: String, Sendable {
            /// They are dropped past ``Client/Options/queueMaxBytes``, counted, and marked.
            case drop
            /// Nothing is dropped: the connection reads nothing more, answers included, until there is room.
            case pause
        }

        /// What happens past ``queueMaxBytes``; `drop` unless it is set.
        public var overflow: Overflow? {
            get { values["overflow"].flatMap(Overflow.init) }
            set { values["overflow"] = newValue?.rawValue }
        }

        /// How many bytes of events of one process wait at most; 64 MiB unless it is set.
        public var queueMaxBytes: Int? {
            get { values["queue_max_bytes"].flatMap(Int.init) }
            set { values["queue_max_bytes"] = newValue.map(String.init) }
        }

        /// Whether a connection that was lost is made again; `false` unless it is set.
        public var reconnect: Bool? {
            get { values["reconnect"].map { $0 == "on" } }
            set { values["reconnect"] = newValue.map { $0 ? "on" : "off" } }
        }

        /// A PEM file of certificate authorities to trust instead of the platform's.
        public var tlsCAFile: String? {
            get { values["tls_ca_file"] }
            set { values["tls_ca_file"] = newValue }
        }

        /// Every option that the library knows: a JSON array of objects with key, type, default, range, meaning, served.
        public static var description: String {
            String(cString: pie_options_describe())
        }

        func makeHandle() throws -> Handle {
            guard let new = pie_options_new() else { throw PieError(.noMemory, "there is no memory for options") }
            let options = Handle(new, free: { pie_options_free($0) })
            for (key, value) in values {
                let key = try checked(key, "key"), value = try checked(value, key)
                try options.use { options in
                    try PieError.check { pie_options_set(options, key, value, $0) }
                }
            }
            return options
        }
    }
}
