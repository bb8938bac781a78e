// SPDX-License-Identifier: Apache-2.0 OR MIT
@testable import PieClient
import XCTest

final class SignalTests: XCTestCase {
    func testWhatComesBetweenTheLookAndTheWaitIsNotMissed() async throws {
        let signal = Signal()
        let seen = signal.count
        signal.raise()
        let raised = try await signal.wait(past: seen, until: .now + .seconds(30))
        XCTAssert(raised)
        let again = try await signal.wait(past: signal.count, until: .now + .milliseconds(1))
        XCTAssertFalse(again)
    }

    func testItResumesAllWhoWait() async throws {
        let signal = Signal()
        let seen = signal.count
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 { group.addTask { try await signal.wait(past: seen, until: .now + .seconds(30)) } }
            signal.raise()
            for try await raised in group { XCTAssert(raised) }
        }
    }

    func testACancelThatComesBeforeTheWaitEndsIt() async throws {
        let signal = Signal()
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            try await signal.wait(past: signal.count)
        }
        task.cancel()
        await expectCancelled(task)
    }
}
