// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class ResultTests: XCTestCase {
    func testItIsTheSameEachTime() async throws {
        for engine in Engine.open {
            let process = try await engine.client().launchScript(#"[["sendn",10],["return","end"]]"#)
            for _ in 0..<3 {
                let result = try await process.result()
                XCTAssertEqual(result, "end")
            }
        }
    }

    func testItNeedsNoReaderInAPause() async throws {
        let client = try await Engine.v0_4.client(options: ["queue_max_bytes": "4096", "overflow": "pause"])
        let result = try await client.launchScript(#"[["spam",2000,100],["return","end"]]"#).result(timeout: .seconds(30))
        XCTAssertEqual(result, "end")
    }

    /// The loop gets every event though the result is asked for meanwhile.
    func testItTakesNothingFromALoop() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["send","begun"],["recv",0],["sendn",500],["return","end"]]"#)
        let begun = expectation(description: "the loop has begun")
        let loop = Task {
            var count = 0
            for try await event in process.events {
                if event == .message("begun") { begun.fulfill() }
                count += 1
                await Task.yield()
            }
            return count
        }
        await fulfillment(of: [begun], timeout: 30)
        async let result = process.result()
        try process.signal("go")
        let (count, end) = try await (loop.value, result)
        XCTAssertEqual(count, 503)
        XCTAssertEqual(end, "end")
    }

    func testItGoesOnWhereALoopWasLeft() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["sendn",10],["return","end"]]"#)
        for try await _ in process.events { break }
        let result = try await process.result(timeout: .seconds(30))
        XCTAssertEqual(result, "end")
    }

    func testItsWaitEndsByTimeAndByCancellation() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["recv",0],["return","end"]]"#)
        await expectError(.timedOut, process.id) { try await process.result(timeout: .milliseconds(10)) }
        let task = Task { try await process.result() }
        try await Task.sleep(for: .milliseconds(10))
        task.cancel()
        await expectCancelled(task)
        try process.signal("go")
        let result = try await process.result()
        XCTAssertEqual(result, "end")
    }

    func testWithoutCaptureThereIsNone() async throws {
        for engine in Engine.open {
            let process = try await engine.client().launch(echo, json: script("[]"), capture: false)
            let event = try await process.nextEvent()
            XCTAssertNil(event)
            await expectError(.unsupported) { try await process.result() }
            XCTAssertEqual(process.id.isEmpty, engine == .v0_5)
        }
    }
}
