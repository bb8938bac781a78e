// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <content>Logging in.</content>
    public sealed partial class PieClient
    {
        /// <summary>Logs in under a user's name. Engines 0.4 need it before anything else.</summary>
        /// <param name="username">The name.</param>
        /// <param name="key">null for an engine whose login is off. It may be disposed once the call has returned its task.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the client is logged in.</returns>
        /// <exception cref="PieException">Auth: the engine refused, or wants a key. Key, Protocol, Disconnected …</exception>
        public Task AuthenticateAsync(
            string username,
            PiePrivateKey key = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var name = Utf8.Required(username, nameof(username));
            var keyHandle = key == null ? PiePrivateKey.None : key.Handle;
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_authenticate_async(
                        handle, name, keyHandle, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Logs in with a key that the SSH agent of this session holds.</summary>
        /// <param name="username">The name.</param>
        /// <param name="publicKey">A line as in a .pub file, or "SHA256:…"; null: the agent's keys in its order.</param>
        /// <param name="timeout">How long; the agent may ask its user.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the client is logged in.</returns>
        /// <exception cref="PieException">Key: no agent, or no fitting key. Auth: the engine accepted none.</exception>
        public Task AuthenticateWithAgentAsync(
            string username,
            string publicKey = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var name = Utf8.Required(username, nameof(username));
            var which = Utf8.Optional(publicKey, nameof(publicKey));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_authenticate_with_agent_async(
                        handle, name, which, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Logs in with the engine's internal token. Engines 0.4 only.</summary>
        /// <param name="token">The token.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the client is logged in.</returns>
        /// <exception cref="PieException">Auth: the engine refused. Unsupported: its generation has no tokens.</exception>
        public Task AuthenticateWithTokenAsync(
            string token, TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var secret = Utf8.Required(token, nameof(token));
            var limit = Limits.Milliseconds(timeout);
            try
            {
                return Hub.Call(
                    (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                        Native.pie_client_auth_by_token_async(handle, secret, limit, queue, tag, out op, out error),
                    cancellationToken);
            }
            finally
            {
                Utf8.Wipe(secret);
            }
        }

        /// <summary>Logs in with signatures of a function: a hardware token, a key service.</summary>
        /// <param name="username">The name.</param>
        /// <param name="sign">
        /// Signs a challenge: Ed25519, RSA PKCS#1 v1.5 with SHA-256, or ECDSA in DER. It runs on a thread of the pool, once,
        /// and not at all where the engine wants no signature. What it throws ends the login.
        /// </param>
        /// <param name="timeout">How long. A signature that is late is not sent.</param>
        /// <param name="cancellationToken">Keeps a login from beginning; one that has begun is held by its time limit alone.</param>
        /// <returns>Completes when the client is logged in.</returns>
        /// <exception cref="PieException">Key: no signature, or a bad one. Auth: the engine refused.</exception>
        public Task AuthenticateWithSignerAsync(
            string username,
            Func<byte[], byte[]> sign,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (sign == null)
            {
                throw new ArgumentNullException(nameof(sign));
            }
            var name = Utf8.Required(username, nameof(username));
            var limit = Limits.Milliseconds(timeout);
            return Task.Run(() => LogIn(name, sign, limit), cancellationToken);
        }

        private void LogIn(byte[] username, Func<byte[], byte[]> sign, long limit)
        {
            var signer = new Signer(sign);
            var me = GCHandle.Alloc(signer);
            try
            {
                var status = Native.pie_client_authenticate_with_signer(
                    handle, username, Signer.Function, GCHandle.ToIntPtr(me), limit, out var error);
                signer.ThrowWhatWasThrown(error);
                Errors.Check(status, error);
            }
            finally
            {
                me.Free();
            }
        }
    }
}
