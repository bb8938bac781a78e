// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// What an inferlet asks an MCP server within the host.
public struct MCPRequest: Hashable, Sendable {
    /// The method, such as `tools/call`.
    public let method: String
    /// Its params, a JSON text.
    public let params: String
    /// The process that asks; nil where it is none of this client's, or its launch is not answered yet.
    public let processID: String?
}

/// The error that an MCP handler answers with.
public struct MCPError: Error, Hashable, Sendable {
    /// The error object, `{"code": -32000, "message": "…"}`, or a JSON string, which becomes the message.
    public let json: String

    /// Makes an error of a JSON text.
    public init(json: String) {
        self.json = json
    }

    /// Makes an error of a message, under the code -32000.
    public init(_ message: String) {
        json = quoted(message)
    }
}

/// A program that is an MCP server: it speaks on its standard input and output.
public struct MCPServer: Hashable, Sendable {
    /// The program: a name that is looked for in `PATH`, or a path with a slash in it.
    public var command: String
    /// What it is given, without its own name.
    public var arguments: [String]
    /// What is added to the host's environment.
    public var environment: [String: String]
    /// Where it runs; nil is where the host does.
    public var workingDirectory: String?

    /// Describes a program.
    public init(
        command: String,
        arguments: [String] = [],
        environment: [String: String] = [:],
        workingDirectory: String? = nil
    ) {
        self.command = command
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }
}

extension Client {
    /// Offers the engine's processes a function of the host as an MCP server. Engines 0.4 only.
    ///
    /// ```swift
    /// try await client.registerMCPHandler("clock") { request in
    ///     #"{"now": "\#(Date())"}"#
    /// }
    /// ```
    ///
    /// The client keeps the function until it is closed, freed, or told ``unregisterMCPServer(_:)``: one that refers to
    /// its client should do so weakly.
    ///
    /// - Parameters:
    ///   - name: What inferlets call it.
    ///   - timeout: nil waits without a limit.
    ///   - handler: Gives the result, a JSON text. Each request has a task of its own, so several run at once. What it throws
    ///     becomes the error: that of an ``MCPError``, otherwise the description. A result that is no JSON, and an
    ///     answer later than the option `mcp_timeout_ms`, become errors too.
    /// - Throws: ``PieError``: `invalidState` where the name is in use, `unsupported` where the engine has no MCP.
    public func registerMCPHandler(
        _ name: String,
        timeout: Duration? = nil,
        handler: @escaping @Sendable (MCPRequest) async throws -> String
    ) async throws {
        let name = try checked(name, "name"), hub = try Hub.shared()
        let requests = hub.add { event in
            let event = Sent(pointer: event)
            Task { await answer(event, by: handler) }
        }
        do {
            try await call(timeout) {
                pie_client_register_mcp_handler_async(
                    $0, name, $2.queue, requests, $1, $2.queue, $2.tag, $2.operation, $2.error)
            }
        } catch {
            hub.remove(requests)
            throw error
        }
        // A name is free again where its registration ended by itself.
        if let former = tools.withLock({ $0.updateValue(requests, forKey: name) }) { hub.remove(former) }
    }

    /// Starts a program that is an MCP server and offers it to the engine's processes. Engines 0.4 only.
    ///
    /// It is ended when the client is closed or freed, or told ``unregisterMCPServer(_:)``.
    ///
    /// - Throws: ``PieError``: `mcp` where it cannot be started or refuses the handshake, `invalidState` where the name is
    ///   in use, `unsupported` where the engine has no MCP.
    public func registerMCPServer(_ name: String, _ server: MCPServer, timeout: Duration? = nil) async throws {
        let name = try checked(name, "name")
        let command = try checked(server.command, "command"), place = try checked(server.workingDirectory, "workingDirectory")
        let arguments = try server.arguments.map { try checked($0, "arguments") }
        let environment = try server.environment.map { try checked("\($0)=\($1)", "environment") }
        try await call(timeout) { client, limit, to in
            withServer(command, arguments, environment, place) {
                pie_client_register_mcp_server_async(
                    client, name, $0, limit, to.queue, to.tag, to.operation, to.error)
            }
        }
    }

    /// Offers an MCP server of either kind no longer: requests under way and later ones are answered with an error.
    ///
    /// - Throws: ``PieError``, `invalidState` where no such server is registered.
    public func unregisterMCPServer(_ name: String) throws {
        let name = try checked(name, "name")
        try handle.use { client in
            try PieError.check { pie_client_unregister_mcp_server(client, name, $0) }
        }
        if let requests = tools.withLock({ $0.removeValue(forKey: name) }) { try Hub.shared().remove(requests) }
    }

    /// Lets go of the functions that are registered.
    func forgetTools() {
        let requests = tools.withLock { tools in
            defer { tools = [:] }
            return tools.values
        }
        guard !requests.isEmpty, let hub = try? Hub.shared() else { return }
        requests.forEach(hub.remove)
    }
}

private func answer(_ event: Sent<EventPointer>, by handler: @Sendable (MCPRequest) async throws -> String) async {
    defer { pie_event_free(event.pointer) }
    do {
        let result = try await handler(MCPRequest(event.pointer.pointee))
        try respond(to: event.pointer, ok: true, result)
    } catch let error as MCPError {
        refuse(event.pointer, error.json)
    } catch {
        refuse(event.pointer, quoted(String(describing: error)))
    }
}

/// Answers with an error. Where even that cannot be sent, freeing the event answers.
private func refuse(_ event: EventPointer, _ json: String) {
    do {
        try respond(to: event, ok: false, json)
    } catch {
        try? respond(to: event, ok: false, quoted(String(describing: error)))
    }
}

private func respond(to event: EventPointer, ok: Bool, _ json: String) throws {
    let json = try checked(json, "the handler's answer")
    try PieError.check { pie_event_mcp_respond(event, ok ? 1 : 0, json, $0) }
}

extension MCPRequest {
    fileprivate init(_ event: pie_event) {
        method = event.nameText ?? ""
        params = event.text
        processID = event.process.map { String(cString: pie_process_id($0)) }
    }
}

private func withServer<Result>(
    _ command: String,
    _ arguments: [String],
    _ environment: [String],
    _ place: String?,
    _ body: (UnsafePointer<pie_mcp_server>) throws -> Result
) rethrows -> Result {
    try withCStrings([command, place]) { texts in
        try withCStrings(arguments) { arguments in
            try withCStrings(environment) { environment in
                try arguments.withUnsafeBufferPointer { arguments in
                    try environment.withUnsafeBufferPointer { environment in
                        var server = pie_mcp_server()
                        server.struct_size = UInt32(MemoryLayout<pie_mcp_server>.size)
                        server.command = texts[0]
                        server.working_directory = texts[1]
                        server.args = arguments.baseAddress
                        server.arg_count = arguments.count
                        server.env = environment.baseAddress
                        server.env_count = environment.count
                        return try body(&server)
                    }
                }
            }
        }
    }
}
