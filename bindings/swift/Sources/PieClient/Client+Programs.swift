// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

extension Client {
    /// Asks a registry which version an inferlet has; the engine is not asked.
    ///
    /// - Parameters:
    ///   - name: The inferlet's name. One with an `@` comes back as it is.
    ///   - registry: The registry's URL; nil is that of the Pie project.
    ///   - timeout: nil waits without a limit.
    /// - Returns: `name@version`, the form that launches take.
    /// - Throws: ``PieError``, `registry` where the registry does not know it.
    public func resolveVersion(of name: String, registry: String? = nil, timeout: Duration? = nil) async throws -> String {
        let name = try checked(name, "name"), registry = try checked(registry, "registry")
        return try await call(timeout) {
            pie_client_resolve_version_async($0, name, registry, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: {
            $0.pointee.text
        }
    }

    /// Asks whether an inferlet is installed, as `name@major.minor.patch`. Engines look at name and version alone, so a
    /// yes does not tell which bytes are installed.
    public func isInstalled(_ inferlet: String, timeout: Duration? = nil) async throws -> Bool {
        let inferlet = try checked(inferlet, "inferlet")
        return try await call(timeout) {
            pie_client_check_program_async($0, inferlet, nil, nil, $1, $2.queue, $2.tag, $2.operation, $2.error)
        } take: {
            $0.pointee.current != 0
        }
    }

    /// Installs an inferlet from files, which are read while they are sent.
    ///
    /// - Parameters:
    ///   - program: The path of the WebAssembly component, or (0.5) of a Python or JavaScript script.
    ///   - manifest: The path of its `Pie.toml`.
    ///   - overwrite: Without it an engine keeps what it has of this name and version, and says nothing.
    ///   - timeout: nil waits without a limit.
    ///   - progress: Called with what was handed over so far, on a thread of the library: it must come back soon.
    /// - Throws: ``PieError``: `io` where a file cannot be read, `rejected` where the engine refuses.
    public func install(
        program: String,
        manifest: String,
        overwrite: Bool = false,
        timeout: Duration? = nil,
        progress: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws {
        let program = try checked(program, "program"), manifest = try checked(manifest, "manifest")
        try await call(timeout, progress: progress) {
            pie_client_install_program_async(
                $0, program, manifest, overwrite ? 1 : 0, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }

    /// Installs an inferlet from memory; otherwise as from files.
    ///
    /// - Parameters:
    ///   - program: The program's bytes, copied by the library.
    ///   - manifest: The text of its `Pie.toml`.
    ///   - overwrite: Whether to replace what the engine has of this name and version.
    ///   - timeout: nil waits without a limit.
    ///   - progress: Called with what was handed over so far, on a thread of the library: it must come back soon.
    public func install(
        program: Data,
        manifest: String,
        overwrite: Bool = false,
        timeout: Duration? = nil,
        progress: (@Sendable (TransferProgress) -> Void)? = nil
    ) async throws {
        let manifest = try checked(manifest, "manifest")
        try await call(timeout, progress: progress) { client, limit, to in
            program.withUnsafeBytes {
                pie_client_install_program_bytes_async(
                    client, $0.baseAddress, $0.count, manifest, overwrite ? 1 : 0, limit,
                    to.queue, to.tag, to.operation, to.error)
            }
        }
    }
}
