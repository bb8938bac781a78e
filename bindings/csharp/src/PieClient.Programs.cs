// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <content>What an engine has installed.</content>
    public sealed partial class PieClient
    {
        /// <summary>Asks a registry which version an inferlet has. The engine is not asked.</summary>
        /// <param name="name">The inferlet's name. One with an @ comes back as it is.</param>
        /// <param name="registryUrl">null: that of the Pie project.</param>
        /// <param name="timeout">For all of it.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>"name@version", the form that launches take.</returns>
        /// <exception cref="PieException">Registry, Tls, Connect, TimedOut.</exception>
        public Task<string> ResolveVersionAsync(
            string name,
            string registryUrl = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(name, nameof(name));
            var where = Utf8.Optional(registryUrl, nameof(registryUrl));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_resolve_version_async(handle, what, where, limit, queue, tag, out op, out error),
                ReadText,
                cancellationToken);
        }

        /// <summary>Asks whether a program is installed. Engines look at its name and version alone.</summary>
        /// <param name="inferlet">"name@major.minor.patch".</param>
        /// <param name="wasmPath">The program's file, to be hashed; may be null.</param>
        /// <param name="manifestPath">The manifest's file, to be hashed; may be null.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Whether it is.</returns>
        public Task<bool> CheckProgramAsync(
            string inferlet,
            string wasmPath = null,
            string manifestPath = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(inferlet, nameof(inferlet));
            var wasm = Utf8.Optional(wasmPath, nameof(wasmPath));
            var manifest = Utf8.Optional(manifestPath, nameof(manifestPath));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_check_program_async(
                        handle, what, wasm, manifest, limit, queue, tag, out op, out error),
                (ref EventData data) => data.Current != 0,
                cancellationToken);
        }

        /// <summary>Installs a program from files, which are read while they are sent.</summary>
        /// <param name="programPath">A WebAssembly component, or (0.5) a Python or JavaScript script.</param>
        /// <param name="manifestPath">Its manifest (TOML).</param>
        /// <param name="forceOverwrite">
        /// Otherwise an engine keeps an installed program of the same name and version, and tells of no failure.
        /// </param>
        /// <param name="progress">Told how far the upload has come; may be null. What it throws ends the call.</param>
        /// <param name="timeout">For the upload and the engine's answer: it compiles before it answers.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when it is installed.</returns>
        /// <exception cref="PieException">Rejected: the engine refused. Io: a file cannot be read. TooLarge …</exception>
        public Task InstallProgramAsync(
            string programPath,
            string manifestPath,
            bool forceOverwrite = false,
            IProgress<PieProgress> progress = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var program = Utf8.Required(programPath, nameof(programPath));
            var manifest = Utf8.Required(manifestPath, nameof(manifestPath));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_install_program_async(
                        handle, program, manifest, forceOverwrite ? 1 : 0, limit, queue, tag, out op, out error),
                cancellationToken,
                progress);
        }

        /// <summary>Installs a program from memory.</summary>
        /// <param name="program">The program; copied.</param>
        /// <param name="manifest">The manifest's text (TOML).</param>
        /// <param name="forceOverwrite">As for the files.</param>
        /// <param name="progress">Told how far the upload has come; may be null. What it throws ends the call.</param>
        /// <param name="timeout">For the upload and the engine's answer.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when it is installed.</returns>
        /// <exception cref="PieException">Rejected: the engine refused. TooLarge …</exception>
        public Task InstallProgramAsync(
            byte[] program,
            string manifest,
            bool forceOverwrite = false,
            IProgress<PieProgress> progress = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (program == null)
            {
                throw new ArgumentNullException(nameof(program));
            }
            var size = new UIntPtr((uint)program.Length);
            var text = Utf8.Required(manifest, nameof(manifest));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_install_program_bytes_async(
                        handle, program, size, text, forceOverwrite ? 1 : 0, limit, queue, tag, out op, out error),
                cancellationToken,
                progress);
        }
    }
}
