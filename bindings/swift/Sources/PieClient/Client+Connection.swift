// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// What happened to a client's connection.
public enum ConnectionEvent: Hashable, Sendable {
    /// It was made: the first time with attempt 0, again with the number of the attempt that succeeded.
    case connected(attempt: UInt64)
    /// It was lost, or an attempt to make it again failed. `attempt` is 0 for the loss itself; `of` is how many attempts
    /// there may be, 0 where it is lost for good.
    case lost(PieError, attempt: UInt64, of: UInt64)
    /// The client was closed: the last event.
    case closed
}

extension Client {
    /// What happens to the connection, from the connect on, however late it is asked for. Of what nobody takes, the 64
    /// newest wait.
    ///
    /// Each event comes to one loop. The stream ends behind ``ConnectionEvent/closed``.
    public var connectionEvents: AsyncThrowingStream<ConnectionEvent, any Error> {
        let queue = connectionQueue
        return AsyncThrowingStream { try await queue.next(ConnectionEvent.init) }
    }
}

extension ConnectionEvent {
    init?(_ event: pie_event) {
        guard event.kind == PIE_EVENT_CONNECTION else { return nil }
        switch event.failure {
        case nil: self = .connected(attempt: event.current)
        case .some(let failure) where failure.code == .closed: self = .closed
        case .some(let failure): self = .lost(failure, attempt: event.current, of: event.total)
        }
    }
}
