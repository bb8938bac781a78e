// SPDX-License-Identifier: Apache-2.0 OR MIT
import Foundation
import PieClient
import XCTest

let echo = "echo@0.1.0"

/// An engine that tests/swift has started, told by the environment; without one a test fails.
enum Engine: String, CaseIterable {
    case v0_4 = "PIE_TEST_URI_04"
    case v0_5 = "PIE_TEST_URI_05"
    case login = "PIE_TEST_URI_LOGIN"

    static let open: [Engine] = [.v0_4, .v0_5]

    func uri(_ faults: String = "") throws -> String {
        let uri = try XCTUnwrap(ProcessInfo.processInfo.environment[rawValue], "run the tests by tests/swift")
        return faults.isEmpty ? uri : uri + "/?" + faults
    }

    /// A client that is logged in.
    func client(_ faults: String = "", options: Client.Options = [:]) async throws -> Client {
        let client = try await Client.connect(uri(faults), options: options)
        try await client.authenticate(as: "me")
        return client
    }
}

func script(_ ops: String) -> String {
    "{\"ops\": \(ops)}"
}

extension Client {
    func launchScript(_ ops: String) async throws -> InferletProcess {
        try await launch(echo, json: script(ops))
    }

    /// What the scripted engine tells of itself.
    func inside(_ record: String) async throws -> String {
        try await query("scripted", record)
    }
}

func expectError(_ code: PieError.Code, _ part: String = "", _ body: () async throws -> some Any) async {
    do {
        let value = try await body()
        XCTFail("expected \(code), and \(value) came")
    } catch let error as PieError {
        XCTAssertEqual(error.code, code, error.message)
        XCTAssert(part.isEmpty || error.message.contains(part), error.message)
    } catch {
        XCTFail("expected \(code), and \(error) came")
    }
}

func expectCancelled(_ task: Task<some Sendable, any Error>) async {
    switch await task.result {
    case .success(let value): XCTFail("expected a cancellation, and \(value) came")
    case .failure(let error): XCTAssert(error is CancellationError, "\(error)")
    }
}

/// Asks again until it is so.
func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
    let end = ContinuousClock.now + .seconds(30)
    while try await !condition() {
        if ContinuousClock.now > end { return XCTFail("never: \(what)") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// What several tasks write down.
actor Notes<Value: Sendable> {
    private(set) var all: [Value] = []

    func add(_ value: Value) {
        all.append(value)
    }
}
