// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient
import Foundation

extension Client {
    /// Logs in under a user's name. Engines 0.4 need a login before anything else; 0.5 need none.
    ///
    /// - Parameters:
    ///   - username: The user's name.
    ///   - key: nil for an engine whose login is off.
    ///   - timeout: nil waits without a limit.
    /// - Throws: ``PieError``: `auth` where the engine refuses or wants a key, `key` where the key cannot sign.
    public func authenticate(as username: String, key: PrivateKey? = nil, timeout: Duration? = nil) async throws {
        let username = try checked(username, "username")
        try await call(timeout) { client, limit, to in
            let begin = { (key: OpaquePointer?) in
                pie_client_authenticate_async(client, username, key, limit, to.queue, to.tag, to.operation, to.error)
            }
            return key?.handle.use(begin) ?? begin(nil)
        }
    }

    /// Logs in with a key that the SSH agent of this session holds.
    ///
    /// - Parameters:
    ///   - username: The user's name.
    ///   - agentKey: Which one: a line as in a `.pub` file, or a fingerprint as `ssh-add -l` prints it. nil: the
    ///     agent's keys in its order, until the engine accepts one.
    ///   - timeout: nil waits without a limit.
    /// - Throws: ``PieError``: `key` where the agent does not sign, `auth` where the engine accepts none of its keys.
    public func authenticate(as username: String, agentKey: String?, timeout: Duration? = nil) async throws {
        let username = try checked(username, "username"), agentKey = try checked(agentKey, "agentKey")
        try await call(timeout) {
            pie_client_authenticate_with_agent_async(
                $0, username, agentKey, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }

    /// Logs in with the engine's internal token. Engines 0.4 only.
    ///
    /// - Throws: ``PieError``: `auth` where the engine refuses, `unsupported` where it has no tokens.
    public func authenticate(token: String, timeout: Duration? = nil) async throws {
        let token = try checked(token, "token")
        try await call(timeout) {
            pie_client_auth_by_token_async($0, token, $1, $2.queue, $2.tag, $2.operation, $2.error)
        }
    }

    /// Logs in with a signature that the host makes: a hardware token, a key service.
    ///
    /// The call cannot be cancelled: a cancelled task waits for the signer and for the time limit.
    ///
    /// - Parameters:
    ///   - username: The user's name.
    ///   - timeout: nil waits without a limit.
    ///   - signer: Signs the engine's challenge: Ed25519, RSA PKCS#1 v1.5 with SHA-256, or ECDSA with SHA-256 or
    ///     SHA-384 (DER). Runs once on a thread of its own, which it may block, and not at all where the engine wants no
    ///     signature. What it throws, the login throws.
    /// - Throws: ``PieError``: `auth` where the engine refuses, `key` where the signature has no fit length.
    public func authenticate(
        as username: String,
        timeout: Duration? = .seconds(60),
        signer: @escaping @Sendable (_ challenge: Data) throws -> Data
    ) async throws {
        try Task.checkCancellation()
        let username = try checked(username, "username"), limit = try milliseconds(timeout)
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            Thread.detachNewThread { [handle] in
                continuation.resume(with: Result { try signIn(handle, username, limit, signer) })
            }
        }
    }
}

/// What a signer works with during one login.
private final class Signer {
    let sign: @Sendable (Data) throws -> Data
    var failure: (any Error)?

    init(_ sign: @escaping @Sendable (Data) throws -> Data) {
        self.sign = sign
    }

    func answer(_ challenge: Data, _ room: UnsafeMutableBufferPointer<UInt8>) -> Int? {
        do {
            let signature = try sign(challenge)
            return signature.count <= room.count ? signature.copyBytes(to: room) : nil
        } catch {
            failure = error
            return nil
        }
    }
}

private func signIn(
    _ client: Handle,
    _ username: String,
    _ limit: Int64,
    _ sign: @escaping @Sendable (Data) throws -> Data
) throws {
    let signer = Signer(sign)
    let function: pie_sign_fn = { challenge, size, signature, signatureSize, own in
        guard let challenge, let signature, let signatureSize, let own else { return 1 }
        let room = UnsafeMutableBufferPointer(start: signature, count: signatureSize.pointee)
        let signer = Unmanaged<Signer>.fromOpaque(own).takeUnretainedValue()
        guard let length = signer.answer(Data(bytes: challenge, count: size), room) else { return 1 }
        signatureSize.pointee = length
        return 0
    }
    do {
        try client.use { client in
            _ = try withExtendedLifetime(signer) {
                let own = Unmanaged.passUnretained(signer).toOpaque()
                return try PieError.check {
                    pie_client_authenticate_with_signer(client, username, function, own, limit, $0)
                }
            }
        }
    } catch {
        throw signer.failure ?? error
    }
}
