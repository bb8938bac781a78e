// SPDX-License-Identifier: Apache-2.0 OR MIT
import Foundation
import PieClient

/// What was expected and what came.
struct Mismatch: Error, CustomStringConvertible {
    let description: String

    init(_ wanted: Any, _ came: Any) {
        description = "expected \(wanted), and \(came) came"
    }
}

func expect<Value: Equatable>(_ wanted: Value, _ came: Value) throws {
    if wanted != came { throw Mismatch(wanted, came) }
}

/// What a scenario has made so far. With it goes all of that.
@MainActor
final class World {
    var clients: [String: Client] = [:]
    var current = "a"
    var processes: [String: InferletProcess] = [:]
    /// Also of processes without a stream.
    var ids: [String: String] = [:]
    var limit = Duration.seconds(60)

    func client() throws -> Client {
        guard let client = clients[current] else { throw Mismatch("client \(current)", "none") }
        return client
    }

    func process(_ name: String) throws -> InferletProcess {
        guard let process = processes[name] else { throw Mismatch("process \(name)", "none") }
        return process
    }

    func id(_ name: String) throws -> String {
        guard let id = ids[name] else { throw Mismatch("the id of \(name)", "none") }
        return id
    }

    func keep(_ name: String, _ process: InferletProcess) {
        processes[name] = process
        ids[name] = process.id
    }

    /// The next event of a process, which must not be at its end.
    func event(of name: String) async throws -> Event {
        guard let event = try await process(name).nextEvent(timeout: limit) else { throw Mismatch("an event", "the end") }
        return event
    }
}

func environment(_ name: String) throws -> String {
    guard let value = ProcessInfo.processInfo.environment[name] else { throw Mismatch(name, "nothing in the environment") }
    return value
}

func pattern(_ size: Int) -> Data {
    Data((0..<size).map { UInt8($0 % 251) })
}

func number(_ word: String) throws -> Int {
    guard let number = Int(word) else { throw Mismatch("a number", word) }
    return number
}

func script(_ ops: String) -> String {
    "{\"ops\": \(ops)}"
}

/// How the C interface calls what was thrown.
func status(of error: any Error) -> String {
    switch error {
    case let error as PieError: error.code.description
    case is CancellationError: "PIE_E_CANCELLED"
    default: "no status: \(error)"
    }
}
