// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class CallTests: XCTestCase {
    func testTheGenerationIsFoundOut() async throws {
        let four = try await Engine.v0_4.client(), five = try await Engine.v0_5.client()
        XCTAssertEqual([four.generation, five.generation], [.v0_4, .v0_5])
        XCTAssertFalse(Client.libraryVersion.isEmpty)
    }

    func testManyCallsAtOnce() async throws {
        for engine in Engine.open {
            let client = try await engine.client()
            try await withThrowingTaskGroup(of: Duration.self) { group in
                for _ in 0..<200 { group.addTask { try await client.ping() } }
                for try await time in group { XCTAssertGreaterThan(time, .zero) }
            }
        }
    }

    func testManyProcessesAtOnce() async throws {
        let client = try await Engine.v0_4.client()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    var count = 0
                    for try await _ in try await client.launchScript(#"[["sendn",50]]"#).events { count += 1 }
                    return count
                }
            }
            for try await count in group { XCTAssertEqual(count, 51) }
        }
    }

    func testTimeIsUp() async throws {
        let client = try await Engine.v0_4.client("silent=ping")
        await expectError(.timedOut) { try await client.ping(timeout: .milliseconds(10)) }
        await expectError(.timedOut) { try await client.ping(timeout: .nanoseconds(1)) }
        await expectError(.timedOut) { try await client.ping(timeout: .zero) }
        await expectError(.invalidArgument, "timeout") { try await client.ping(timeout: .milliseconds(-1)) }
    }

    /// More milliseconds than a number has: as long as can be.
    func testALongTimeIsNoMistake() async throws {
        _ = try await Engine.v0_4.client().ping(timeout: .seconds(Int64.max))
    }

    func testCancellationEndsACall() async throws {
        let client = try await Engine.v0_4.client("silent=ping,query")
        let ping = Task { try await client.ping() }, query = Task { try await client.query("model_status") }
        try await Task.sleep(for: .milliseconds(10))
        ping.cancel()
        query.cancel()
        await expectCancelled(ping)
        await expectCancelled(query)
    }

    func testACancelledTaskSendsNothing() async throws {
        let client = try await Engine.v0_4.client()
        let before = try await client.inside("received")
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await client.ping()
        }
        task.cancel()
        await expectCancelled(task)
        let after = try await client.inside("received")
        XCTAssertEqual(after.components(separatedBy: "ping").count, before.components(separatedBy: "ping").count)
    }

    func testACancelledConnectEnds() async throws {
        let task = Task { try await Client.connect(Engine.v0_4.uri("handshake=silent"), timeout: nil) }
        try await Task.sleep(for: .milliseconds(10))
        task.cancel()
        await expectCancelled(task)
    }

    func testACancelledLaunchIsTerminated() async throws {
        let client = try await Engine.v0_4.client("hold=launch_process:100"), other = try await Engine.v0_4.client()
        let before = Set(try await other.list().map(\.id))
        let task = Task { try await client.launchScript(#"[["recv",0]]"#) }
        try await Task.sleep(for: .milliseconds(10))
        task.cancel()
        await expectCancelled(task)
        try await eventually("terminated") { try await client.inside("received").contains("terminate_process") }
        try await eventually("gone") { try await before.isSuperset(of: other.list().map(\.id)) }
    }

    func testErrorsTellWhatToDo() async throws {
        await expectError(.connect) { try await Client.connect("ws://127.0.0.1:1") }
        await expectError(.invalidArgument, "uri") { try await Client.connect("http://127.0.0.1:1") }
        let four = try await Engine.v0_4.client(), five = try await Engine.v0_5.client()
        await expectError(.rejected) { try await four.launch("no-such@9.9.9") }
        await expectError(.invalidArgument, "input") { try await four.launch(echo, json: "{") }
        await expectError(.unsupported) { try await five.launchDaemon(echo, port: 8080) }
        await expectError(.unsupported) { try await five.launch(echo, tokenBudget: 1) }
    }

    func testAnErrorIsAnOrdinaryError() async throws {
        do {
            _ = try await Client.connect("ws://127.0.0.1:1")
        } catch let error as PieError {
            XCTAssert(error.isRetriable)
            XCTAssertEqual(error.description, "\(error.message) (PIE_E_CONNECT)")
            XCTAssertEqual(error.localizedDescription, error.message)
        }
        XCTAssertEqual(PieError.Code(rawValue: -9999).description, "PIE_UNKNOWN_STATUS")
        XCTAssertEqual(PieError(.busy, "x"), PieError(.busy, "x"))
    }

    /// C would cut it short and do something else.
    func testATextWithANULIsRefused() async throws {
        let client = try await Engine.v0_4.client()
        await expectError(.invalidArgument, "uri") { try await Client.connect("ws://127.0.0.1\0") }
        await expectError(.invalidArgument, "inferlet") { try await client.launch("\(echo)\0x") }
        await expectError(.invalidArgument, "json") { try await client.launch(echo, json: "{}\0") }
        await expectError(.invalidArgument, "subject") { try await client.query("model_status\0") }
        await expectError(.invalidArgument, "message") {
            try await client.launchScript(#"[["recv",0]]"#).signal("a\0b")
        }
    }

    func testALaunchTakesAnEncodableInput() async throws {
        let result = try await Engine.v0_4.client().launch(echo, input: ["prompt": "größer"]).result()
        XCTAssertEqual(result, #"{"prompt":"größer"}"#)
    }

    func testBatches() async throws {
        for engine in Engine.open {
            let client = try await engine.client()
            let inputs = (0..<20).map { script("[[\"return\",\"\($0)\"]]") }
            let results = try await client.runAll(echo, jsonInputs: inputs)
            XCTAssertEqual(results, (0..<20).map(String.init))
            var one: [String] = []
            for process in try await client.launchAll(echo, jsonInputs: inputs) { one.append(try await process.result()) }
            XCTAssertEqual(one, results)
            let none = try await client.launchAll(echo, jsonInputs: []), empty = try await client.runAll(echo, jsonInputs: [])
            XCTAssert(none.isEmpty && empty.isEmpty)
            let bad = [script("[]"), script(#"[["raise","it broke"]]"#)]
            await expectError(.process, "it broke") { try await client.runAll(echo, jsonInputs: bad) }
        }
    }

    func testListAttachTerminate() async throws {
        for engine in Engine.open {
            let client = try await engine.client()
            let process = try await client.launchScript(#"[["send","ready"],["recv",0]]"#)
            _ = try await process.nextEvent()
            let listed = try await client.list().first { $0.id == process.id }
            XCTAssertEqual(listed?.program, echo)
            await expectError(.invalidState) { try await client.attach(to: process.id) }
            try client.signal(processID: process.id, "")
            _ = try await process.result()
            let other = try await client.launchScript(#"[["recv",0]]"#)
            try await client.terminate(processID: other.id)
            await expectError(.cancelled) { try await other.result() }
            let third = try await client.launchScript(#"[["recv",0]]"#)
            try await third.terminate()
            await expectError(.cancelled) { try await third.result() }
            await expectError(.invalidState) { try third.signal("late") }
        }
    }

    func testOptions() async throws {
        await expectError(.invalidArgument, "no_such") { try await Engine.v0_4.client(options: ["no_such": "1"]) }
        var options: Client.Options = ["identity": "me/app"]
        options.queueMaxBytes = 4096
        options.reconnect = true
        options.overflow = .pause
        options.tlsCAFile = "/authorities.pem"
        XCTAssertEqual(options.values, [
            "identity": "me/app", "queue_max_bytes": "4096", "reconnect": "on", "overflow": "pause",
            "tls_ca_file": "/authorities.pem",
        ])
        options.overflow = nil
        XCTAssertNil(options["overflow"])
        XCTAssert(Client.Options.description.contains("queue_max_bytes"))
        let request = try await Engine.v0_4.client(options: ["header.x-test": "swift"]).inside("request")
        XCTAssert(request.contains("x-test: swift"), request)
    }
}
