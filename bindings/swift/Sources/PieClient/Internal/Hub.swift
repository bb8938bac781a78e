// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

typealias EventPointer = UnsafeMutablePointer<pie_event>

/// The one queue that asynchronous calls report to and MCP requests come to, and the thread of the library that empties
/// it. Events find their way by tag; one whose tag nobody has any more is freed, which releases what it bears.
final class Hub: Sendable {
    /// Takes an event and frees it. It must come back soon: all calls of this process report on this thread.
    typealias Receiver = @Sendable (EventPointer) -> Void

    private struct Receivers {
        var byTag: [UInt64: Receiver] = [:]
        var lastTag: UInt64 = 0
    }

    private static let made = Locked<Hub?>(nil)

    private let queue: Handle
    private let receivers = Locked(Receivers())

    /// The hub of this process, made when it is first asked for and never freed.
    static func shared() throws -> Hub {
        try made.withLock { hub in
            if let hub { return hub }
            let new = try Hub()
            hub = new
            return new
        }
    }

    private init() throws {
        guard pie_abi_version() >= UInt32(PIE_ABI_VERSION) else {
            throw PieError(.abiMismatch, "libpie_client \(String(cString: pie_version())) is older than its header")
        }
        guard let queue = pie_queue_new() else { throw PieError(.noMemory, "there is no memory for a queue") }
        self.queue = Handle(queue, free: { pie_queue_free($0) })
        let callback: pie_event_fn = { event, hub in
            guard let event, let hub else { return }
            Unmanaged<Hub>.fromOpaque(hub).takeUnretainedValue().deliver(event)
        }
        let here = Unmanaged.passUnretained(self).toOpaque()
        try PieError.check { pie_queue_set_callback(queue, PIE_DISPATCH_THREAD, callback, here, nil, $0) }
    }

    func withQueue<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try queue.use(body)
    }

    /// Has all events of a tag of its own go to this receiver.
    func add(_ receiver: @escaping Receiver) -> UInt64 {
        receivers.withLock { receivers in
            receivers.lastTag += 1
            receivers.byTag[receivers.lastTag] = receiver
            return receivers.lastTag
        }
    }

    func remove(_ tag: UInt64) {
        // What a receiver holds is released after the lock: it may end in here again.
        _ = receivers.withLock { $0.byTag.removeValue(forKey: tag) }
    }

    private func deliver(_ event: EventPointer) {
        let receiver = receivers.withLock { $0.byTag[event.pointee.tag] }
        if let receiver {
            receiver(event)
        } else {
            pie_event_free(event)
        }
    }
}
