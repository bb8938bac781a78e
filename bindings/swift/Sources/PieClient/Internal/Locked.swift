// SPDX-License-Identifier: Apache-2.0 OR MIT
import Foundation

/// A value that is touched under a lock alone. `Mutex` of the standard library needs newer systems.
final class Locked<Value>: @unchecked Sendable {
    private let lock = NSLock()
    private var value: Value

    init(_ value: Value) {
        self.value = value
    }

    func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        lock.lock()
        defer { lock.unlock() }
        return try body(&value)
    }
}
