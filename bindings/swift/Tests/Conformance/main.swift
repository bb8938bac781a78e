// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// The runner of the conformance suite: conformance SCENARIOS ENGINE [NAME]...
import Foundation
import PieClient

/// Long enough for a step to be under way, so that a cancel meets it there.
let begun = Duration.milliseconds(20)

/// At once, also into a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

@MainActor
func run(_ words: [String], in world: World) async throws {
    let order = try Order(words)
    world.limit = order.limit
    let name = order.words.first ?? ""
    guard let step = clientSteps[name] ?? processSteps[name] ?? streamSteps[name] else { throw Mismatch("a step", name) }
    let arguments = Array(order.words.dropFirst())
    let task = Task { @MainActor in try await step(world, arguments) }
    if order.cancelled {
        try await Task.sleep(for: begun)
        task.cancel()
    }
    let wanted = order.cancelled ? ("PIE_E_CANCELLED", nil) : order.fails
    switch await task.result {
    case .success:
        if let wanted { throw Mismatch(wanted.0, "success") }
    case .failure(let error):
        guard let wanted, !(error is Mismatch) else { throw error }
        try expect(wanted.0, status(of: error))
        if let part = wanted.1, !"\(error)".contains(part) { throw Mismatch(part, error) }
    }
}

@MainActor
func run(_ scenario: Scenario) async -> Bool {
    let world = World()
    for step in scenario.steps {
        do {
            try await run(step.words, in: world)
        } catch {
            say("FAILED \(scenario.name): line \(step.line): \(error)")
            return false
        }
    }
    say("ok \(scenario.name)")
    return true
}

let arguments = CommandLine.arguments
guard arguments.count > 2 else {
    print("usage: conformance SCENARIOS ENGINE [NAME]...")
    exit(2)
}
let names = Set(arguments.dropFirst(3))
var failures = 0
for scenario in Scenario.read(try String(contentsOfFile: arguments[1], encoding: .utf8))
where scenario.engines.contains(arguments[2]) && (names.isEmpty || names.contains(scenario.name)) {
    if await !run(scenario) { failures += 1 }
}
exit(failures == 0 ? 0 : 1)
