// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class LoginTests: XCTestCase {
    private func keyFile() throws -> String {
        try XCTUnwrap(ProcessInfo.processInfo.environment["PIE_TEST_KEY"], "run the tests by tests/swift")
    }

    func testByKey() async throws {
        let key = try PrivateKey(file: keyFile())
        XCTAssertEqual(key.algorithm, "ed25519")
        XCTAssertEqual("\(key)", "PrivateKey(ed25519)")
        let client = try await Client.connect(Engine.login.uri())
        await expectError(.auth) { try await client.launch(echo) }
        await expectError(.auth) { try await client.authenticate(as: "stranger", key: key) }
        await expectError(.auth) { try await client.authenticate(as: "me") }
        try await client.authenticate(as: "me", key: key)
        _ = try await client.ping()
    }

    func testByKeyText() async throws {
        let key = try PrivateKey(pem: String(contentsOfFile: keyFile(), encoding: .utf8))
        let client = try await Client.connect(Engine.login.uri())
        try await client.authenticate(as: "me", key: key)
    }

    func testBadKeys() async throws {
        await expectError(.key) { try PrivateKey(pem: "no key") }
        await expectError(.io, "/no/such") { try PrivateKey(file: "/no/such") }
    }

    func testByToken() async throws {
        let client = try await Client.connect(Engine.v0_4.uri())
        try await client.authenticate(token: "scripted-token")
        _ = try await client.ping()
        let other = try await Client.connect(Engine.v0_5.uri())
        await expectError(.unsupported) { try await other.authenticate(token: "scripted-token") }
    }

    func testByAgent() async throws {
        unsetenv("SSH_AUTH_SOCK")
        let client = try await Client.connect(Engine.login.uri())
        await expectError(.key, "SSH_AUTH_SOCK") { try await client.authenticate(as: "me", agentKey: nil) }
    }

    func testBySigner() async throws {
        struct Locked: Error {}
        let client = try await Client.connect(Engine.login.uri())
        do {
            try await client.authenticate(as: "me") { _ in throw Locked() }
            XCTFail("logged in without a signature")
        } catch is Locked {}
        await expectError(.key) { try await client.authenticate(as: "me") { _ in Data() } }
        await expectError(.key) { try await client.authenticate(as: "me") { _ in Data(count: 1 << 20) } }
        await expectError(.auth) {
            try await client.authenticate(as: "me") { challenge in
                XCTAssertEqual(challenge.count, 48)
                return Data(count: 64)
            }
        }
        let free = try await Client.connect(Engine.v0_4.uri())
        try await free.authenticate(as: "me") { _ in throw Locked() }
    }
}
