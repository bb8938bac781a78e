// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

extension Client {
    /// Starts a process of an installed inferlet.
    ///
    /// ```swift
    /// let process = try await client.launch("story@0.1.0", json: #"{"prompt": "Once"}"#)
    /// for try await event in process.events {
    ///     if case .message(let text) = event { print(text, terminator: "") }
    /// }
    /// ```
    ///
    /// - Parameters:
    ///   - inferlet: `name@major.minor.patch`, from 0.5 on also `name` for the newest.
    ///   - json: The input, a JSON text that is checked before it is sent.
    ///   - tokenBudget: How many tokens it may make; nil is the engine's default. Engines 0.5 know none.
    ///   - capture: false: its output is discarded and it has no events; ``attach(to:timeout:)`` receives from it.
    ///   - timeout: For the engine's answer. When time is up, a process that starts later is terminated.
    /// - Throws: ``PieError``: `rejected` where the engine refuses, `invalidArgument` for an input that is no JSON.
    public func launch(
        _ inferlet: String,
        json: String = "{}",
        tokenBudget: UInt64? = nil,
        capture: Bool = true,
        timeout: Duration? = nil
    ) async throws -> InferletProcess {
        let inferlet = try checked(inferlet, "inferlet"), json = try checked(json, "json")
        let handle = try await call(timeout) { client, limit, to in
            json.withCString { json in
                var options = launchOptions(tokenBudget: tokenBudget, capture: capture)
                options.input = json
                return pie_client_launch_process_async(
                    client, inferlet, &options, limit, to.queue, to.tag, to.operation, to.error)
            }
        } take: {
            try takeProcess(of: $0)
        }
        return try InferletProcess(handle, client: self)
    }

    /// Starts a process with an input that is encoded as JSON, as ``launch(_:json:tokenBudget:capture:timeout:)`` does.
    public func launch(
        _ inferlet: String,
        input: some Encodable,
        tokenBudget: UInt64? = nil,
        capture: Bool = true,
        timeout: Duration? = nil
    ) async throws -> InferletProcess {
        let json = String(decoding: try JSONEncoder().encode(input), as: UTF8.self)
        return try await launch(inferlet, json: json, tokenBudget: tokenBudget, capture: capture, timeout: timeout)
    }

    /// Starts one process for each input, all of them or none.
    ///
    /// - Parameters:
    ///   - inferlet: `name@major.minor.patch`, from 0.5 on also `name` for the newest.
    ///   - jsonInputs: A JSON text for each process.
    ///   - tokenBudget: How many tokens each may make; nil is the engine's default. Engines 0.5 know none.
    ///   - timeout: nil waits without a limit.
    /// - Returns: The processes, in the order of the inputs.
    /// - Throws: ``PieError``; its message tells which input.
    public func launchAll(
        _ inferlet: String,
        jsonInputs: [String],
        tokenBudget: UInt64? = nil,
        timeout: Duration? = nil
    ) async throws -> [InferletProcess] {
        let inferlet = try checked(inferlet, "inferlet"), inputs = try jsonInputs.map { try checked($0, "jsonInputs") }
        let handles = try await call(timeout) { client, limit, to in
            var options = launchOptions(tokenBudget: tokenBudget)
            return withCStrings(inputs) {
                pie_client_launch_processes_async(
                    client, inferlet, $0, $0.count, &options, limit, to.queue, to.tag, to.operation, to.error)
            }
        } take: {
            try takeProcesses(of: $0)
        }
        return try handles.map { try InferletProcess($0, client: self) }
    }

    /// Runs one process for each input and gives what they returned. When one fails, the others are terminated.
    ///
    /// - Parameters:
    ///   - inferlet: `name@major.minor.patch`, from 0.5 on also `name` for the newest.
    ///   - jsonInputs: A JSON text for each process.
    ///   - tokenBudget: How many tokens each may make; nil is the engine's default. Engines 0.5 know none.
    ///   - timeout: nil waits without a limit.
    /// - Returns: The texts that the processes returned, in the order of the inputs.
    /// - Throws: ``PieError``, `process` where an inferlet ends with an error; its message tells which input.
    public func runAll(
        _ inferlet: String,
        jsonInputs: [String],
        tokenBudget: UInt64? = nil,
        timeout: Duration? = nil
    ) async throws -> [String] {
        let inferlet = try checked(inferlet, "inferlet"), inputs = try jsonInputs.map { try checked($0, "jsonInputs") }
        let json = try await call(timeout) { client, limit, to in
            var options = launchOptions(tokenBudget: tokenBudget)
            return withCStrings(inputs) {
                pie_client_run_processes_async(
                    client, inferlet, $0, $0.count, &options, limit, to.queue, to.tag, to.operation, to.error)
            }
        } take: {
            $0.pointee.bytes
        }
        return try JSONDecoder().decode([String].self, from: json)
    }

    /// Makes the events of a running process this client's. What it sent before is lost.
    ///
    /// What can be attached, once, is a process that was launched without capture.
    ///
    /// - Parameters:
    ///   - processID: The id, as ``InferletProcess/id`` and ``RunningProcess/id`` tell it.
    ///   - timeout: Allow enough time: a process whose attach is answered later cannot be attached again.
    /// - Throws: ``PieError``: `rejected` where the engine refuses, `invalidState` where it is attached to this client.
    public func attach(to processID: String, timeout: Duration? = nil) async throws -> InferletProcess {
        let processID = try checked(processID, "processID")
        let handle = try await call(timeout) {
            pie_client_attach_process_async($0, processID, nil, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: {
            try takeProcess(of: $0)
        }
        return try InferletProcess(handle, client: self)
    }

    /// Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's.
    public func list(timeout: Duration? = nil) async throws -> [RunningProcess] {
        try await call(timeout) {
            pie_client_list_processes_async($0, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: { event in
            let list = try take(pie_event_take_process_list(event), free: { pie_process_list_free($0) })
            return list.use { list in
                (0..<pie_process_list_size(list)).compactMap { index in
                    pie_process_list_get(list, index).map { RunningProcess($0.pointee) }
                }
            }
        }
    }

    /// Sends a process a text by its id. Engines drop it without a word unless the process was launched with capture or
    /// attached on this connection.
    ///
    /// - Throws: ``PieError``, `busy` where the outgoing buffer is full: nothing was sent then.
    public func signal(processID: String, _ message: String) throws {
        let processID = try checked(processID, "processID"), message = try checked(message, "message")
        try handle.use { client in
            try PieError.check { pie_client_signal_process(client, processID, message, $0) }
        }
    }

    /// Has the engine end a process by its id. On 0.5 that may be anybody's.
    ///
    /// - Throws: ``PieError``, `rejected` where there is no such process.
    public func terminate(processID: String, timeout: Duration? = nil) async throws {
        let processID = try checked(processID, "processID")
        try await call(timeout) {
            pie_client_terminate_process_async($0, processID, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }

    /// Has the engine serve HTTP by an inferlet, on the engine's machine at 127.0.0.1 and this port. Engines 0.4 only.
    ///
    /// The engine answers before it listens, and also where the port is taken: try a request. Nothing stops a daemon but
    /// the engine's end.
    ///
    /// - Throws: ``PieError``: `rejected` where the engine refuses, `unsupported` where it has no daemons.
    public func launchDaemon(
        _ inferlet: String,
        port: UInt16,
        json: String = "{}",
        timeout: Duration? = nil
    ) async throws {
        let inferlet = try checked(inferlet, "inferlet"), json = try checked(json, "json")
        try await call(timeout) {
            pie_client_launch_daemon_async(
                $0, inferlet, UInt32(port), json, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }
}

/// A running process as the engine lists it. What the engine does not say is nil.
public struct RunningProcess: Hashable, Sendable {
    /// Its id.
    public let id: String?
    /// Whose it is.
    public let username: String?
    /// The inferlet, as `name@version`.
    public let program: String?
    /// The input of its launch.
    public let input: String?
    /// How long it has been running.
    public let elapsed: Duration

    init(_ info: pie_process_info) {
        id = info.id.map { String(cString: $0) }
        username = info.username.map { String(cString: $0) }
        program = info.program.map { String(cString: $0) }
        input = info.input.map { String(cString: $0) }
        elapsed = .seconds(Int64(clamping: info.elapsed_secs))
    }
}

private func launchOptions(tokenBudget: UInt64?, capture: Bool = true) -> pie_launch_options {
    var options = pie_launch_options()
    options.struct_size = UInt32(MemoryLayout<pie_launch_options>.size)
    options.flags = capture ? 0 : UInt32(PIE_LAUNCH_NO_CAPTURE)
    options.token_budget = tokenBudget ?? 0
    return options
}

private func takeProcess(of event: EventPointer) throws -> Handle {
    try take(pie_event_take_process(event), free: { pie_process_free($0) })
}

private func takeProcesses(of event: EventPointer) throws -> [Handle] {
    var processes = [OpaquePointer?](repeating: nil, count: pie_event_take_processes(event, nil, 0))
    let count = pie_event_take_processes(event, &processes, processes.count)
    return try processes.prefix(count).map { try take($0, free: { pie_process_free($0) }) }
}
