// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// What the `_async` twins take behind their inputs.
struct Reporting {
    let queue: OpaquePointer
    let tag: UInt64
    let operation: UnsafeMutablePointer<OpaquePointer?>
    let error: UnsafeMutablePointer<OpaquePointer?>
}

/// The handle of a call under way, for whoever comes first: its begin, its end, or a cancel.
private final class Ticket: Sendable {
    private struct State: @unchecked Sendable {
        var operation: OpaquePointer?
        var cancelled = false
        var over = false
    }

    private let state = Locked(State())

    func begun(_ operation: OpaquePointer?) {
        state.withLock { state in
            if state.cancelled { pie_op_cancel(operation) }
            if state.over {
                pie_op_free(operation)
            } else {
                state.operation = operation
            }
        }
    }

    func cancel() {
        state.withLock { state in
            state.cancelled = true
            pie_op_cancel(state.operation)
        }
    }

    func end() {
        state.withLock { state in
            state.over = true
            pie_op_free(state.operation)
            state.operation = nil
        }
    }
}

/// Runs an asynchronous call of the library: `begin` starts it, `take` takes what its DONE event bears.
///
/// A cancelled task has the call cancelled, and gets `CancellationError` unless the outcome was there first.
func perform<Value: Sendable>(
    progress: (@Sendable (TransferProgress) -> Void)? = nil,
    begin: (Reporting) throws -> pie_status,
    take: @escaping @Sendable (EventPointer) throws -> Value
) async throws -> Value {
    try Task.checkCancellation()
    let hub = try Hub.shared()
    let ticket = Ticket()
    return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { continuation in
            start(on: hub, ticket, progress, begin, take, continuation)
        }
    } onCancel: {
        ticket.cancel()
    }
}

/// As `perform`, for calls whose DONE bears nothing.
func perform(
    progress: (@Sendable (TransferProgress) -> Void)? = nil,
    begin: (Reporting) throws -> pie_status
) async throws {
    try await perform(progress: progress, begin: begin, take: { _ in })
}

private func start<Value: Sendable>(
    on hub: Hub,
    _ ticket: Ticket,
    _ progress: (@Sendable (TransferProgress) -> Void)?,
    _ begin: (Reporting) throws -> pie_status,
    _ take: @escaping @Sendable (EventPointer) throws -> Value,
    _ continuation: CheckedContinuation<Value, any Error>
) {
    let tag = hub.add { event in
        defer { pie_event_free(event) }
        switch event.pointee.kind {
        case PIE_EVENT_PROGRESS:
            progress?(TransferProgress(completed: event.pointee.current, total: event.pointee.total))
        case PIE_EVENT_DONE:
            hub.remove(event.pointee.tag)
            ticket.end()
            continuation.resume(with: Result { try outcome(of: event, take) })
        default:
            break
        }
    }
    do {
        var operation: OpaquePointer?
        try hub.withQueue { queue in
            try withUnsafeMutablePointer(to: &operation) { operation in
                try PieError.check { try begin(Reporting(queue: queue, tag: tag, operation: operation, error: $0)) }
            }
        }
        ticket.begun(operation)
    } catch {
        hub.remove(tag)
        continuation.resume(throwing: error)
    }
}

private func outcome<Value>(of event: EventPointer, _ take: (EventPointer) throws -> Value) throws -> Value {
    guard let failure = event.pointee.failure else { return try take(event) }
    if failure.code == .cancelled { throw CancellationError() }
    throw failure
}
