// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class StreamTests: XCTestCase {
    func testALoopTakesEveryEventInOrder() async throws {
        for engine in Engine.open {
            let ops = #"[["print","a"],["sendn",3],["eprint","b"],["send_file",3],["event","odd","x"],["return",{"k":1}]]"#
            var events: [Event] = []
            for try await event in try await engine.client().launchScript(ops).events { events.append(event) }
            XCTAssertEqual(events, [
                .stdout("a"), .message("0"), .message("1"), .message("2"), .stderr("b"),
                .file(name: nil, data: Data([0, 1, 2])), .other(name: "odd", data: Data("x".utf8)), .returned(#"{"k":1}"#),
            ])
        }
    }

    func testAFailureIsThrownOnceAndThenTheStreamEnds() async throws {
        for engine in Engine.open {
            let process = try await engine.client().launchScript(#"[["send","one"],["raise","it broke"]]"#)
            var iterator = process.events.makeAsyncIterator()
            let first = try await iterator.next()
            XCTAssertEqual(first, .message("one"))
            await expectError(.process, "it broke") { try await iterator.next() }
            let rest = try await iterator.next()
            XCTAssertNil(rest)
            let other = try await process.nextEvent()
            XCTAssertNil(other)
            await expectError(.process, "it broke") { try await process.result() }
        }
    }

    func testALoopThatIsLeftLosesNothing() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["sendn",3],["return","end"]]"#)
        for try await event in process.events {
            XCTAssertEqual(event, .message("0"))
            break
        }
        var rest: [Event] = []
        for try await event in process.events { rest.append(event) }
        XCTAssertEqual(rest, [.message("1"), .message("2"), .returned("end")])
    }

    func testACancelledWaitLosesNothing() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["recv",0],["return","end"]]"#)
        let loop = Task { for try await event in process.events { XCTFail("\(event)") } }
        let next = Task { try await process.nextEvent() }
        try await Task.sleep(for: .milliseconds(20))
        loop.cancel()
        next.cancel()
        await expectCancelled(next)
        if case .failure(let error) = await loop.result { XCTAssert(error is CancellationError, "\(error)") }
        await expectError(.timedOut) { try await process.nextEvent(timeout: .milliseconds(10)) }
        try process.signal("go")
        let event = try await process.nextEvent()
        XCTAssertEqual(event, .message("got:go"))
    }

    func testACancelledTaskTakesNothing() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["send","one"],["return","end"]]"#)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await process.nextEvent()
        }
        task.cancel()
        await expectCancelled(task)
        let event = try await process.nextEvent()
        XCTAssertEqual(event, .message("one"))
    }

    func testAWaitWithoutTimeLooks() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["recv",0]]"#)
        await expectError(.timedOut) { try await process.nextEvent(timeout: .zero) }
        await expectError(.invalidArgument, "timeout") { try await process.nextEvent(timeout: .seconds(-1)) }
    }

    func testSeveralTasksShareOneStream() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["recv",0],["sendn",500],["return","end"]]"#)
        let notes = Notes<Event>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { while let event = try await process.nextEvent() { await notes.add(event) } }
            }
            try process.signal("go")
            try await group.waitForAll()
        }
        let events = await notes.all
        XCTAssertEqual(Set(events).count, 502)
        XCTAssertEqual(events.count, 502)
    }

    /// What nobody takes waits in the library, which drops past its limit: Swift has no buffer that would grow.
    func testWhatIsNotTakenIsBoundedAndMarked() async throws {
        let client = try await Engine.v0_4.client(options: ["queue_max_bytes": "4096"])
        let process = try await client.launchScript(#"[["spam",1000,100],["wait_room"],["return","end"]]"#)
        let loop = process.events
        try await eventually("the end of the process") { try await !client.list().contains { $0.id == process.id } }
        _ = try await client.ping()
        var messages: UInt64 = 0, dropped: UInt64 = 0, bytes: UInt64 = 0
        for try await event in loop {
            if case .message = event { messages += 1 }
            if case .overflow(let count, let size) = event { (dropped, bytes) = (dropped + count, bytes + size) }
        }
        XCTAssertEqual(messages + dropped, 1000)
        XCTAssertEqual(bytes, dropped * 100)
        XCTAssertLessThan(messages, 100)
    }

    func testWithPauseASlowLoopGetsEverything() async throws {
        var options: Client.Options = ["queue_max_bytes": "4096"]
        options.overflow = .pause
        let process = try await Engine.v0_4.client(options: options).launchScript(#"[["spam",2000,100],["return","end"]]"#)
        var messages = 0
        for try await event in process.events {
            if case .message = event { messages += 1 }
            if messages % 100 == 0 { await Task.yield() }
        }
        XCTAssertEqual(messages, 2000)
    }

    func testAFileThatArrivesDamagedIsToldAndTheStreamGoesOn() async throws {
        let process = try await Engine.v0_4.client("wrong_hash=1").launchScript(#"[["send_file",10],["send","after"]]"#)
        guard case .fileLost(nil, let error) = try await process.nextEvent() else { return XCTFail("no lost file") }
        XCTAssertEqual(error.code, .protocol)
        let next = try await process.nextEvent()
        XCTAssertEqual(next, .message("after"))
    }
}
