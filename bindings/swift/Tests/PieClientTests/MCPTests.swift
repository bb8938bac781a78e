// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

/// What an inferlet that asks this server is told.
private func ask(_ client: Client, _ server: String) async throws -> String {
    let process = try await client.launchScript("[[\"mcp\",\"\(server)\",\"tools/call\",{\"a\":1}]]")
    guard case .message(let text) = try await process.nextEvent(timeout: .seconds(30)) else { return "no message" }
    return text
}

final class MCPTests: XCTestCase {
    func testAHandlerAnswers() async throws {
        let client = try await Engine.v0_4.client()
        try await client.registerMCPHandler("calc") { request in
            XCTAssertNotNil(request.processID)
            return "[\"\(request.method)\",\(request.params)]"
        }
        let answer = try await ask(client, "calc")
        XCTAssertEqual(answer, #"mcp:ok:["tools/call",{"a":1}]"#)
        await expectError(.invalidState) { try await client.registerMCPHandler("calc") { _ in "{}" } }
        let again = try await ask(client, "calc")
        XCTAssertEqual(again, answer)
        try client.unregisterMCPServer("calc")
        await expectError(.invalidState) { try client.unregisterMCPServer("calc") }
        let late = try await ask(client, "calc")
        XCTAssert(late.hasPrefix("mcp:error:"), late)
    }

    func testWhatAHandlerThrowsIsTheError() async throws {
        struct Odd: Error, CustomStringConvertible { let description = "it is \"odd\"" }
        let client = try await Engine.v0_4.client()
        try await client.registerMCPHandler("no") { _ in throw MCPError("no") }
        try await client.registerMCPHandler("object") { _ in throw MCPError(json: #"{"code":7,"message":"m"}"#) }
        try await client.registerMCPHandler("odd") { _ in throw Odd() }
        try await client.registerMCPHandler("text") { _ in "no JSON" }
        let no = try await ask(client, "no"), object = try await ask(client, "object")
        XCTAssertEqual(no, #"mcp:error:{"code":-32000,"message":"no"}"#)
        XCTAssertEqual(object, #"mcp:error:{"code":7,"message":"m"}"#)
        let odd = try await ask(client, "odd"), text = try await ask(client, "text")
        XCTAssertEqual(odd, #"mcp:error:{"code":-32000,"message":"it is \"odd\""}"#)
        XCTAssert(text.hasPrefix("mcp:error:") && text.contains("JSON"), text)
    }

    /// Each request waits for the other one.
    func testRequestsRunSideBySide() async throws {
        let client = try await Engine.v0_4.client()
        let requests = Notes<String>()
        try await client.registerMCPHandler("meet") { request in
            await requests.add(request.method)
            try await eventually("another request") { await requests.all.count == 2 }
            return "{}"
        }
        async let one = ask(client, "meet")
        async let two = ask(client, "meet")
        let answers = try await [one, two]
        XCTAssertEqual(answers, ["mcp:ok:{}", "mcp:ok:{}"])
    }

    func testAHandlerIsReleased() async throws {
        final class Kept: Sendable {}
        func handler(_ kept: Kept) -> @Sendable (MCPRequest) async throws -> String {
            { _ in "\(ObjectIdentifier(kept))" }
        }
        let client = try await Engine.v0_4.client()
        weak var closed: Kept?, unregistered: Kept?, dropped: Kept?
        do {
            let one = Kept(), two = Kept(), three = Kept()
            (closed, unregistered, dropped) = (one, two, three)
            try await client.registerMCPHandler("one", handler: handler(one))
            try await client.registerMCPHandler("two", handler: handler(two))
            let other = try await Engine.v0_4.client()
            try await other.registerMCPHandler("three", handler: handler(three))
        }
        XCTAssertNil(dropped)
        XCTAssertNotNil(unregistered)
        try client.unregisterMCPServer("two")
        XCTAssertNil(unregistered)
        XCTAssertNotNil(closed)
        try await client.close()
        XCTAssertNil(closed)
    }

    func testAProgramAnswers() async throws {
        let program = #"""
            while read -r line; do
              [[ $line =~ \"id\":([0-9]+|\"[^\"]*\") ]] || continue
              id=${BASH_REMATCH[1]}
              printf '{"jsonrpc":"2.0","id":%s,"result":{"protocolVersion":"2025-06-18","capabilities":{},"serverInfo":{"name":"%s","version":"%s"}}}\n' "$id" "$1" "$PIE_WORD"
            done
            """#
        let client = try await Engine.v0_4.client()
        let server = MCPServer(
            command: "bash", arguments: ["-c", program, "server", "argument"], environment: ["PIE_WORD": "word"],
            workingDirectory: "/")
        try await client.registerMCPServer("bash", server)
        let answer = try await ask(client, "bash")
        XCTAssert(answer.contains(#""name":"argument""#) && answer.contains(#""version":"word""#), answer)
        await expectError(.mcp) { try await client.registerMCPServer("none", MCPServer(command: "/no/such")) }
    }

    func testEngines05HaveNone() async throws {
        let client = try await Engine.v0_5.client()
        await expectError(.unsupported) { try await client.registerMCPHandler("calc") { _ in "{}" } }
    }
}
