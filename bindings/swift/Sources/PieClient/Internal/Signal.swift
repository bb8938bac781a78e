// SPDX-License-Identifier: Apache-2.0 OR MIT

/// Tells tasks that something has changed. Raising it only resumes them, so a wakeup of the library may do it.
///
/// A task notes `count`, looks for what it wants, and waits only while the count is still that: no change between the look
/// and the wait is missed, however many tasks wait.
final class Signal: Sendable {
    private struct State {
        var count: UInt64 = 0
        var lastWaiter: UInt64 = 0
        var waiters: [UInt64: CheckedContinuation<Void, any Error>] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let state = Locked(State())

    var count: UInt64 {
        state.withLock { $0.count }
    }

    func raise() {
        let waiters = state.withLock { state in
            state.count += 1
            defer { state.waiters = [:] }
            return state.waiters.values
        }
        waiters.forEach { $0.resume() }
    }

    /// Waits until the count is another one than `seen`. A cancelled task gets `CancellationError`.
    func wait(past seen: UInt64) async throws {
        let waiter = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        defer { _ = state.withLock { $0.cancelled.remove(waiter) } }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enter($0, as: waiter, past: seen) }
        } onCancel: {
            cancel(waiter)
        }
    }

    /// The same for so long at most; false when time is up.
    func wait(past seen: UInt64, until end: ContinuousClock.Instant?) async throws -> Bool {
        guard let end else {
            try await wait(past: seen)
            return true
        }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.wait(past: seen)
                return true
            }
            group.addTask {
                try await Task.sleep(until: end, clock: .continuous)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    private func enter(_ continuation: CheckedContinuation<Void, any Error>, as waiter: UInt64, past seen: UInt64) {
        let answer: Result<Void, any Error>? = state.withLock { state in
            if state.cancelled.contains(waiter) { return .failure(CancellationError()) }
            if state.count != seen { return .success(()) }
            state.waiters[waiter] = continuation
            return nil
        }
        if let answer { continuation.resume(with: answer) }
    }

    private func cancel(_ waiter: UInt64) {
        let continuation = state.withLock { state in
            state.cancelled.insert(waiter)
            return state.waiters.removeValue(forKey: waiter)
        }
        continuation?.resume(throwing: CancellationError())
    }
}
