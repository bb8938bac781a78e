// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class LifeTests: XCTestCase {
    func testCloseEndsCallsAndStreams() async throws {
        for engine in Engine.open {
            let client = try await engine.client("silent=query")
            let process = try await client.launchScript(#"[["send","ready"],["recv",0]]"#)
            _ = try await process.nextEvent()
            let query = Task { try await client.query("model_status") }
            let stream = Task { try await process.nextEvent() }
            try await Task.sleep(for: .milliseconds(10))
            try await client.close()
            await expectError(.closed) { try await query.value }
            await expectError(.closed) { try await stream.value }
            await expectError(.closed) { try await client.ping() }
            try await client.close()
        }
    }

    /// Engines 0.5 end a client's processes with its connection.
    func testADroppedClientCloses() async throws {
        let watch = try await Engine.v0_5.client()
        func isListed(_ id: String) async throws -> Bool { try await watch.list().contains { $0.id == id } }
        weak var dropped: Client?
        var id = ""
        do {
            let client = try await Engine.v0_5.client()
            id = try await client.launchScript(#"[["recv",0]]"#).id
            let listed = try await isListed(id)
            XCTAssert(listed)
            dropped = client
        }
        XCTAssertNil(dropped)
        try await eventually("closed") { try await !isListed(id) }
    }

    func testAProcessKeepsItsConnection() async throws {
        func launch() async throws -> InferletProcess {
            try await Engine.v0_4.client().launchScript(#"[["recv",0],["return","end"]]"#)
        }
        let process = try await launch()
        try process.signal("go")
        let result = try await process.result()
        XCTAssertEqual(result, "end")
    }

    func testADroppedProcessIsFreedAndRunsOn() async throws {
        let client = try await Engine.v0_4.client()
        weak var dropped: InferletProcess?
        var id = ""
        do {
            let process = try await client.launchScript(#"[["send","ready"],["recv",0]]"#)
            for try await _ in process.events { break }
            (dropped, id) = (process, process.id)
        }
        XCTAssertNil(dropped)
        let listed = try await client.list()
        XCTAssert(listed.contains { $0.id == id })
        try await client.terminate(processID: id)
    }

    func testALostConnectionEndsWhatIsUnderWay() async throws {
        for engine in Engine.open {
            let client = try await engine.client("cut_on=query")
            let process = try await client.launchScript(#"[["recv",0]]"#)
            await expectError(.disconnected) { try await client.query("model_status") }
            await expectError(.disconnected) { try await process.result() }
        }
    }

    func testTheNewsOfAConnection() async throws {
        let options: Client.Options = ["reconnect": "on", "reconnect_max_delay_ms": "1"]
        let client = try await Engine.v0_4.client("cut_on=query", options: options)
        await expectError(.disconnected) { try await client.query("model_status") }
        var news: [ConnectionEvent] = []
        for try await event in client.connectionEvents {
            news.append(event)
            if case .connected(let attempt) = event, attempt > 0 { try await client.close() }
        }
        guard news.count == 4, case .lost(let error, attempt: 0, of: 10) = news[1] else { return XCTFail("\(news)") }
        XCTAssertEqual(error.code, .disconnected)
        XCTAssertEqual([news[0], news[2], news[3]], [.connected(attempt: 0), .connected(attempt: 1), .closed])
    }

    func testTheLibraryLogs() async throws {
        let lines = Lines()
        Client.setLogHandler(level: .trace) { lines.add($0) }
        _ = try await Engine.v0_4.client().ping()
        Client.setLogHandler(nil)
        let count = lines.count
        XCTAssertGreaterThan(count, 0)
        _ = try await Engine.v0_4.client().ping()
        XCTAssertEqual(lines.count, count)
    }

    func testEverythingMayGoToOtherTasks() {
        func sendable(_: (some Sendable).Type) {}
        sendable(Client.self)
        sendable(Client.Options.self)
        sendable(InferletProcess.self)
        sendable(AsyncThrowingStream<Event, any Error>.self)
        sendable(PieError.self)
        sendable(PrivateKey.self)
    }
}

private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [LogLine] = []

    var count: Int { lock.withLock { lines.count } }

    func add(_ line: LogLine) {
        lock.withLock { lines.append(line) }
    }
}
