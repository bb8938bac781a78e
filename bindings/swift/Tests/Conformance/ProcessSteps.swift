// SPDX-License-Identifier: Apache-2.0 OR MIT
import Foundation
import PieClient

/// The steps about processes, by their names.
@MainActor
let processSteps: [String: Step] = [
    "launch": { world, words in
        world.keep(words[0], try await world.client().launch(echo, json: script(words[1]), timeout: world.limit))
    },
    "launch_program": { world, words in
        world.keep(words[0], try await world.client().launch(words[1], json: words[2], timeout: world.limit))
    },
    "launch_apart": { world, words in
        let client = try world.client()
        let before = Set(try await client.list(timeout: world.limit).compactMap(\.id))
        _ = try await client.launch(echo, json: script(words[1]), capture: false, timeout: world.limit)
        var new: Set<String> = []
        while new.isEmpty {
            new = Set(try await client.list(timeout: world.limit).compactMap(\.id)).subtracting(before)
        }
        world.ids[words[0]] = new.first
    },
    "launch_many": { world, words in
        let inputs = Array(repeating: script(words[2]), count: try number(words[1]))
        let processes = try await world.client().launchAll(echo, jsonInputs: inputs, timeout: world.limit)
        try expect(inputs.count, processes.count)
        for (index, process) in processes.enumerated() { world.keep("\(words[0])\(index)", process) }
    },
    "run_all": { world, words in
        let inputs = words.dropFirst().map(script)
        let results = try await world.client().runAll(echo, jsonInputs: inputs, timeout: world.limit)
        try expect(words[0], String(decoding: try JSONEncoder().encode(results), as: UTF8.self))
    },
    "attach": { world, words in
        world.keep(words[0], try await world.client().attach(to: world.id(words[1]), timeout: world.limit))
    },
    "result": { world, words in
        try expect(words[1], try await world.process(words[0]).result(timeout: world.limit))
    },
    "signal": { world, words in try world.process(words[0]).signal(words[1]) },
    "signal_id": { world, words in try world.client().signal(processID: world.id(words[0]), words[1]) },
    "send": { world, words in
        try await world.process(words[0]).transfer(pattern(number(words[1])), timeout: world.limit)
    },
    "send_path": { world, words in
        let path = NSTemporaryDirectory() + "/\(words[1]).bin"
        if words[1] != "missing" { try pattern(number(words[1])).write(to: URL(fileURLWithPath: path)) }
        try await world.process(words[0]).transfer(file: path, timeout: world.limit)
    },
    "terminate": { world, words in try await world.process(words[0]).terminate(timeout: world.limit) },
    "terminate_id": { world, words in
        try await world.client().terminate(processID: world.id(words[0]), timeout: world.limit)
    },
    "let_go": { world, words in world.processes[words[0]] = nil },
    "listed": { world, words in
        let id = try world.id(words[0])
        while try await world.client().list(timeout: world.limit).contains(where: { $0.id == id }) != (words[1] == "yes") {}
    },
]

/// The steps about what a process says, by their names.
@MainActor
let streamSteps: [String: Step] = [
    "out": { world, words in
        try await expectText(world, words) { if case .stdout(let text) = $0 { text } else { nil } }
    },
    "err": { world, words in
        try await expectText(world, words) { if case .stderr(let text) = $0 { text } else { nil } }
    },
    "message": { world, words in try expect(Event.message(words[1]), try await world.event(of: words[0])) },
    "numbers": { world, words in
        for index in 0..<(try number(words[1])) {
            try expect(Event.message(String(index)), try await world.event(of: words[0]))
        }
    },
    "file": { world, words in
        let event = try await world.event(of: words[0])
        guard case .file(_, let data) = event else { throw Mismatch("a file", event) }
        if data != pattern(try number(words[1])) { throw Mismatch("\(words[1]) bytes", data) }
    },
    "file_text": { world, words in
        try expect(Event.file(name: words[1], data: Data(words[2].utf8)), try await world.event(of: words[0]))
    },
    "overflow": { world, words in
        var event = try await world.event(of: words[0])
        while case .message = event { event = try await world.event(of: words[0]) }
        guard case .overflow(let count, _) = event, count > 0 else { throw Mismatch("an overflow", event) }
    },
    "received": { world, words in
        let event = try await world.event(of: words[0])
        guard case .message(let text) = event, text.hasPrefix("file:\(words[1]):") else { throw Mismatch("a file", event) }
    },
    "returns": { world, words in try expect(Event.returned(words[1]), try await world.event(of: words[0])) },
    "breaks": { world, words in
        do {
            throw Mismatch(words[1], try await world.event(of: words[0]))
        } catch let error as PieError {
            try expect(words[1], status(of: error))
            if words.count > 2, !error.message.contains(words[2]) { throw Mismatch(words[2], error.message) }
        }
    },
    "ended": { world, words in
        if let event = try await world.process(words[0]).nextEvent(timeout: world.limit) { throw Mismatch("the end", event) }
    },
    "nothing": { world, words in
        do {
            let event = try await world.process(words[0]).nextEvent(timeout: .zero)
            throw Mismatch("nothing", event as Any)
        } catch let error as PieError where error.code == .timedOut {}
    },
]

/// Takes events until their texts are as long as the one that is wanted.
@MainActor
private func expectText(_ world: World, _ words: [String], _ text: (Event) -> String?) async throws {
    var said = ""
    while said.utf8.count < words[1].utf8.count {
        let event = try await world.event(of: words[0])
        guard let part = text(event) else { throw Mismatch(words[1], event) }
        said += part
    }
    try expect(words[1], said)
}
