// SPDX-License-Identifier: Apache-2.0 OR MIT
//
// Installs an inferlet, launches it, prints what it says while it says it.
//
//   swift run quickstart [URI [PROGRAM [MANIFEST [NAME [INPUT]]]]]
//
// The defaults suit an engine on port 8080 of this machine and the inferlet `story` of this repository.
import Foundation
import PieClient

let arguments = CommandLine.arguments.dropFirst()
func argument(_ position: Int, or other: String) -> String {
    arguments.count >= position ? CommandLine.arguments[position] : other
}

let client = try await Client.connect(argument(1, or: "ws://127.0.0.1:8080"), timeout: .seconds(10))
try await client.authenticate(as: "me")
try await client.install(
    program: argument(2, or: "tests/real_engine/inferlets/story/story.wasm"),
    manifest: argument(3, or: "tests/real_engine/inferlets/story/Pie.toml"),
    overwrite: true)

let process = try await client.launch(
    argument(4, or: "story@0.1.0"),
    json: argument(5, or: #"{"prompt": "Once upon a time", "max_tokens": 32}"#))
for try await event in process.events {
    switch event {
    case .stdout(let text), .message(let text): print(text, terminator: "")
    case .stderr(let text): FileHandle.standardError.write(Data(text.utf8))
    case .returned(let text): print("\nreturned: \(text)")
    default: break
    }
}
try await client.close()
