// SPDX-License-Identifier: Apache-2.0 OR MIT
import PieClient
import XCTest

final class FileTests: XCTestCase {
    private let pattern = Data((0..<600_000).map { UInt8($0 % 251) })

    private func temporary(_ data: Data) throws -> String {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("pie-\(UUID().uuidString)")
        try data.write(to: url)
        addTeardownBlock { try? FileManager.default.removeItem(at: url) }
        return url.path
    }

    func testFilesToAndFro() async throws {
        for engine in Engine.open {
            let process = try await engine.client().launchScript(
                #"[["send","ready"],["echo_file",0],["send","again"],["echo_file",0],["send","empty"],["recv_file",0]]"#)
            _ = try await process.nextEvent()
            try await process.transfer(pattern)
            let file = try await process.nextEvent()
            XCTAssertEqual(file, .file(name: nil, data: pattern))
            _ = try await process.nextEvent()
            try await process.transfer(file: temporary(pattern))
            let again = try await process.nextEvent()
            XCTAssertEqual(again, .file(name: nil, data: pattern))
            _ = try await process.nextEvent()
            try await process.transfer(Data())
            guard case .message(let text) = try await process.nextEvent() else { return XCTFail("no message") }
            XCTAssert(text.hasPrefix("file:0:"), text)
        }
    }

    func testProgressComesToItsEnd() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["send","ready"],["recv_file",0]]"#)
        _ = try await process.nextEvent()
        let latest = Latest()
        try await process.transfer(pattern) { latest.note($0) }
        XCTAssertEqual(latest.progress, TransferProgress(completed: 600_000, total: 600_000))
        XCTAssert(latest.grew)
    }

    func testAFileThatIsNotThere() async throws {
        let process = try await Engine.v0_4.client().launchScript(#"[["recv",0]]"#)
        await expectError(.io, "/no/such") { try await process.transfer(file: "/no/such") }
    }

    func testACancelledUploadEnds() async throws {
        let process = try await Engine.v0_4.client("freeze_chunk=0", options: ["upload_window_bytes": "1"])
            .launchScript(#"[["send","ready"],["recv_file",0]]"#)
        _ = try await process.nextEvent()
        let task = Task { try await process.transfer(Data(count: 64 << 20)) }
        try await Task.sleep(for: .milliseconds(10))
        task.cancel()
        await expectCancelled(task)
    }

    func testInstalling() async throws {
        for engine in Engine.open {
            let client = try await engine.client()
            let name = "swift-\(UUID().uuidString.lowercased().prefix(8))"
            let manifest = "[package]\nname = \"\(name)\"\nversion = \"0.1.0\"\n"
            var installed = try await client.isInstalled("\(name)@0.1.0")
            XCTAssertFalse(installed)
            try await client.install(program: pattern, manifest: manifest)
            installed = try await client.isInstalled("\(name)@0.1.0")
            XCTAssert(installed)
            let latest = Latest()
            try await client.install(
                program: temporary(pattern), manifest: temporary(Data(manifest.utf8)), overwrite: true
            ) { latest.note($0) }
            XCTAssertEqual(latest.progress?.completed, latest.progress?.total)
            await expectError(.io) { try await client.install(program: "/no/such", manifest: "/no/such") }
        }
    }
}

private final class Latest: @unchecked Sendable {
    private let lock = NSLock()
    private var newest: TransferProgress?
    private var always = true

    var progress: TransferProgress? { lock.withLock { newest } }
    var grew: Bool { lock.withLock { always } }

    func note(_ progress: TransferProgress) {
        lock.withLock {
            always = always && progress.completed >= newest?.completed ?? 0
            newest = progress
        }
    }
}
