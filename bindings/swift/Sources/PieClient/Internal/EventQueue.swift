// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// A queue that tasks take events from, one by one. What is not taken stays with the library, which bounds it.
final class EventQueue: Sendable {
    enum Look<Value> {
        case taken(Value)
        case empty
        case end
    }

    private let queue: Handle
    let signal: Signal

    init(_ queue: OpaquePointer, signal: Signal = Signal()) throws {
        self.queue = Handle(queue, free: { pie_queue_free($0) })
        self.signal = signal
        let wakeup: pie_wakeup_fn = { signal in
            guard let signal else { return }
            Unmanaged<Signal>.fromOpaque(signal).takeUnretainedValue().raise()
        }
        let drop: pie_drop_fn = { signal in
            guard let signal else { return }
            Unmanaged<Signal>.fromOpaque(signal).release()
        }
        let retained = Unmanaged.passRetained(signal)
        do {
            try PieError.check { pie_queue_set_wakeup(queue, wakeup, retained.toOpaque(), drop, $0) }
        } catch {
            retained.release()
            throw error
        }
    }

    /// Takes the oldest event if there is one; `convert` gives nil for one that is to be skipped.
    func look<Value>(_ convert: (pie_event) throws -> Value?) throws -> Look<Value> {
        while true {
            var event: EventPointer?
            let status = try queue.use { queue in
                try PieError.status { pie_queue_recv(queue, 0, &event, $0) }
            }
            guard status == PIE_OK, let event else { return status == PIE_END ? .end : .empty }
            defer { pie_event_free(event) }
            if let value = try convert(event.pointee) { return .taken(value) }
        }
    }

    /// Takes the oldest event, waiting for one; nil at the end of the queue. A wait that is cancelled or out of time loses
    /// nothing.
    func next<Value>(timeout: Duration? = nil, _ convert: (pie_event) throws -> Value?) async throws -> Value? {
        let end = timeout.map { ContinuousClock.now + $0 }
        while true {
            try Task.checkCancellation()
            let seen = signal.count
            switch try look(convert) {
            case .taken(let value): return value
            case .end: return nil
            case .empty: break
            }
            guard try await signal.wait(past: seen, until: end) else {
                throw PieError(.timedOut, "no event came within \(timeout ?? .zero)", isRetriable: true)
            }
        }
    }
}
