// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using Pie.Interop;

namespace Pie
{
    /// <summary>A private key. It may log in any number of clients, and be disposed once those calls have begun.</summary>
    public sealed class PiePrivateKey : IDisposable
    {
        private PiePrivateKey(IntPtr pointer)
        {
            Handle = new KeyHandle(pointer);
            Algorithm = Utf8.Read(Native.pie_private_key_algorithm(Handle));
        }

        private delegate int Reading(byte[] source, byte[] passphrase, out IntPtr result, out IntPtr error);

        /// <summary>"ed25519", "rsa-3072" (with its bits), "ecdsa-p256" or "ecdsa-p384".</summary>
        public string Algorithm { get; }

        internal static KeyHandle None { get; } = new KeyHandle(IntPtr.Zero);

        internal KeyHandle Handle { get; }

        /// <summary>Reads the first private key of a file, in the forms OpenSSH, PKCS#8, PKCS#1 or SEC1.</summary>
        /// <param name="path">The file; "~/" at its start is the home directory.</param>
        /// <param name="passphrase">null for none. Not looked at where the key is not encrypted.</param>
        /// <returns>The key.</returns>
        /// <exception cref="PieException">Io, Key (no key that engines take, or not the passphrase), InvalidArgument.</exception>
        public static PiePrivateKey FromFile(string path, string passphrase = null) =>
            Read(Native.pie_private_key_from_file, Utf8.Required(path, nameof(path)), passphrase);

        /// <summary>Reads the first private key of a text.</summary>
        /// <param name="text">PEM text.</param>
        /// <param name="passphrase">null for none. Not looked at where the key is not encrypted.</param>
        /// <returns>The key.</returns>
        /// <exception cref="PieException">Key (no key that engines take, or not the passphrase), InvalidArgument.</exception>
        public static PiePrivateKey Parse(string text, string passphrase = null) =>
            Read(Native.pie_private_key_parse, Utf8.Required(text, nameof(text)), passphrase);

        /// <summary>Frees the key and wipes it.</summary>
        public void Dispose() => Handle.Dispose();

        private static PiePrivateKey Read(Reading reading, byte[] source, string passphrase)
        {
            PieLibrary.Begin();
            var secret = Utf8.Optional(passphrase, nameof(passphrase));
            try
            {
                Errors.Check(reading(source, secret, out var pointer, out var error), error);
                return new PiePrivateKey(pointer);
            }
            finally
            {
                Utf8.Wipe(source);
                Utf8.Wipe(secret);
            }
        }
    }
}
