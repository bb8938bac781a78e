// SPDX-License-Identifier: Apache-2.0 OR MIT
import CPieClient

/// A private key to log in with: Ed25519, RSA or ECDSA, in the forms OpenSSH, PKCS#8, PKCS#1 and SEC1.
///
/// One key may log in any number of clients. It is wiped from the library's memory with its last reference, and a
/// description of it never shows more than its kind.
public final class PrivateKey: Sendable, CustomStringConvertible {
    let handle: Handle

    /// Reads the first private key of a file.
    ///
    /// An encrypted key takes as long to open as its maker wanted, on the calling thread.
    ///
    /// - Parameters:
    ///   - file: Its path; `~` at its start stands for the environment variable `HOME`.
    ///   - passphrase: Not looked at where the key is not encrypted.
    /// - Throws: ``PieError`` with `io` or `key`; the message says what to do.
    public init(file: String, passphrase: String? = nil) throws {
        let file = try checked(file, "file"), passphrase = try checked(passphrase, "passphrase")
        handle = try PrivateKey.read { pie_private_key_from_file(file, passphrase, $0, $1) }
    }

    /// Reads the first private key of a PEM text. The caller's copies of the text are the caller's to forget.
    ///
    /// - Throws: ``PieError`` with `key`; the message says what to do.
    public init(pem: String, passphrase: String? = nil) throws {
        let pem = try checked(pem, "pem"), passphrase = try checked(passphrase, "passphrase")
        handle = try PrivateKey.read { pie_private_key_parse(pem, passphrase, $0, $1) }
    }

    /// What kind of key it is: `ed25519`, `rsa-3072` (with its bits), `ecdsa-p256` or `ecdsa-p384`.
    public var algorithm: String {
        handle.use { String(cString: pie_private_key_algorithm($0)) }
    }

    /// Its kind.
    public var description: String {
        "PrivateKey(\(algorithm))"
    }

    private typealias Read = (UnsafeMutablePointer<OpaquePointer?>, UnsafeMutablePointer<OpaquePointer?>) -> pie_status

    private static func read(_ read: Read) throws -> Handle {
        var key: OpaquePointer?
        try PieError.check { read(&key, $0) }
        guard let key else { throw PieError(.internal, "no key came") }
        return Handle(key, free: { pie_private_key_free($0) })
    }
}
