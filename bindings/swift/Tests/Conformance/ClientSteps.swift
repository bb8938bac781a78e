// SPDX-License-Identifier: Apache-2.0 OR MIT
import Foundation
import PieClient

typealias Step = @MainActor (World, [String]) async throws -> Void

let echo = "echo@0.1.0"

/// The steps about a client, by their names.
@MainActor
let clientSteps: [String: Step] = [
    "client": { world, words in world.current = words[0] },
    "connect": { world, words in
        let faults = words.first.flatMap { $0.hasPrefix("?") ? $0 : nil }
        var options = Client.Options()
        for word in words.dropFirst(faults == nil ? 0 : 1) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            options[parts[0]] = parts[1]
        }
        let uri = try environment("PIE_TEST_URI") + (faults.map { "/\($0)" } ?? "")
        world.clients[world.current] = try await Client.connect(uri, options: options, timeout: world.limit)
    },
    "connect_to": { world, words in
        world.clients[world.current] = try await Client.connect(words[0], timeout: world.limit)
    },
    "login": { world, words in try await world.client().authenticate(as: words[0], timeout: world.limit) },
    "login_key": { world, words in
        let key = try PrivateKey(file: environment("PIE_TEST_KEY"))
        try await world.client().authenticate(as: words[0], key: key, timeout: world.limit)
    },
    "login_key_text": { world, words in
        let key = try PrivateKey(pem: String(contentsOfFile: environment("PIE_TEST_KEY"), encoding: .utf8))
        try await world.client().authenticate(as: words[0], key: key, timeout: world.limit)
    },
    "generation": { world, _ in
        let generations: [String: Client.Generation] = ["0.4": .v0_4, "0.5": .v0_5]
        try expect(generations[environment("PIE_TEST_GENERATION")], try world.client().generation)
    },
    "ping": { world, _ in
        let time = try await world.client().ping(timeout: world.limit)
        if time <= .zero { throw Mismatch("more than 0", time) }
    },
    "query": { world, words in
        let answer = try await world.client().query(words[0], words[1], timeout: world.limit)
        if !answer.contains(words[2]) { throw Mismatch(words[2], answer) }
    },
    "resolve": { world, words in
        let registry = try environment("PIE_TEST_REGISTRY") + "/detail"
        let version = try await world.client().resolveVersion(of: words[0], registry: registry, timeout: world.limit)
        try expect(words[1], version)
    },
    "install": { world, _ in
        try await world.client().install(
            program: environment("PIE_TEST_ECHO_WASM"), manifest: environment("PIE_TEST_ECHO_MANIFEST"),
            overwrite: true, timeout: world.limit)
    },
    "install_bytes": { world, _ in
        let program = try Data(contentsOf: URL(fileURLWithPath: environment("PIE_TEST_ECHO_WASM")))
        let manifest = try String(contentsOfFile: environment("PIE_TEST_ECHO_MANIFEST"), encoding: .utf8)
        try await world.client().install(program: program, manifest: manifest, overwrite: true, timeout: world.limit)
    },
    "check": { world, words in
        let installed = try await world.client().isInstalled(words[0], timeout: world.limit)
        try expect(words[1], installed ? "yes" : "no")
    },
    "daemon": { world, words in
        guard let port = UInt16(words[1]) else { throw Mismatch("a port", words[1]) }
        try await world.client().launchDaemon(words[0], port: port, timeout: world.limit)
    },
    "tool": { world, words in
        try await world.client().registerMCPHandler(words[0], timeout: world.limit) { request in
            "{\"method\":\"\(request.method)\",\"params\":\(request.params)}"
        }
    },
    "tool_fails": { world, words in
        try await world.client().registerMCPHandler(words[0], timeout: world.limit) { _ in throw MCPError("no") }
    },
    "untool": { world, words in try world.client().unregisterMCPServer(words[0]) },
    "connection": { world, words in
        for try await event in try world.client().connectionEvents {
            return try expect(words[0], status(of: event))
        }
        throw Mismatch(words[0], "the end")
    },
    "close": { world, _ in try await world.client().close(timeout: world.limit) },
]

private func status(of event: ConnectionEvent) -> String {
    switch event {
    case .connected: "PIE_OK"
    case .lost(let error, _, _): status(of: error)
    case .closed: "PIE_E_CLOSED"
    }
}
