// SPDX-License-Identifier: Apache-2.0 OR MIT

/// One scenario of the file: its name, the engines it is for, and its steps.
struct Scenario {
    let name: String
    let engines: [String]
    var steps: [(line: Int, words: [String])] = []

    static func read(_ text: String) -> [Scenario] {
        var scenarios: [Scenario] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = words(of: line)
            if words.isEmpty || line.hasPrefix("#") { continue }
            if words[0] == "scenario" {
                scenarios.append(Scenario(name: words[1], engines: Array(words[2...])))
            } else {
                scenarios[scenarios.count - 1].steps.append((index + 1, words))
            }
        }
        return scenarios
    }

    /// Splits a line at blanks, but for those between two `'`.
    private static func words(of line: Substring) -> [String] {
        var words: [String] = []
        for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
            if index % 2 == 1 {
                words.append(String(part))
            } else {
                words += part.split(separator: " ").map(String.init)
            }
        }
        return words
    }
}

/// A step with what stands before it.
struct Order {
    var limit = Duration.seconds(60)
    var cancelled = false
    var fails: (status: String, part: String?)?
    var words: ArraySlice<String>

    init(_ all: [String]) throws {
        words = all[...]
        while let prefix = words.first {
            switch prefix {
            case "within": limit = .milliseconds(try number(take(2)[1]))
            case "cancelled": cancelled = take(1).count == 1
            case "fails":
                let status = take(2)[1]
                fails = (status, words.first == "has" ? take(2)[1] : nil)
            default: return
            }
        }
    }

    private mutating func take(_ count: Int) -> [String] {
        defer { words = words.dropFirst(count) }
        return Array(words.prefix(count))
    }
}
