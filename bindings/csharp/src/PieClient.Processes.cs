// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <content>Processes.</content>
    public sealed partial class PieClient
    {
        private delegate int BeginLaunch(
            ref LaunchOptions native, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

        /// <summary>Starts a process of an installed inferlet.</summary>
        /// <param name="inferlet">"name@major.minor.patch", from 0.5 on also "name" for the newest.</param>
        /// <param name="input">JSON text, checked before it is sent; null for {}.</param>
        /// <param name="options">null for the defaults.</param>
        /// <param name="timeout">For the engine's answer: it may have to download and compile.</param>
        /// <param name="cancellationToken">Ends the wait; the process is then terminated.</param>
        /// <returns>The process, to be disposed. None of its events is lost, however early it comes.</returns>
        /// <exception cref="PieException">Rejected: the engine refused. Auth, InvalidArgument, Unsupported, TimedOut …</exception>
        public Task<PieProcess> LaunchAsync(
            string inferlet,
            string input = null,
            PieLaunchOptions options = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(inferlet, nameof(inferlet));
            var limit = Limits.Milliseconds(timeout);
            return Open(
                input,
                options,
                (ref LaunchOptions native, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_launch_process_async(
                        handle, what, ref native, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Starts one process for each input: all of them, or none.</summary>
        /// <param name="inferlet">As for one process.</param>
        /// <param name="inputs">JSON texts; null for {}.</param>
        /// <param name="options">null for the defaults; for each process.</param>
        /// <param name="timeout">For all answers together.</param>
        /// <param name="cancellationToken">Ends the wait; the processes are then terminated.</param>
        /// <returns>The processes in the order of the inputs, each to be disposed.</returns>
        /// <exception cref="PieException">As for one process; the message tells which input.</exception>
        public async Task<IReadOnlyList<PieProcess>> LaunchManyAsync(
            string inferlet,
            IEnumerable<string> inputs,
            PieLaunchOptions options = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(inferlet, nameof(inferlet));
            var all = Required(inputs);
            var limit = Limits.Milliseconds(timeout);
            cancellationToken.ThrowIfCancellationRequested();
            options = options ?? new PieLaunchOptions();
            var firstTag = Pumps.Tags(all.Count);
            var buffers = all.Select(_ => NewBuffer(options)).ToArray();
            try
            {
                for (var i = 0; i < buffers.Length; i++)
                {
                    AddRoute(firstTag + (ulong)i, buffers[i]);
                }
                return await Hub.Call(
                    (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                        BeginMany(what, all, options, firstTag, limit, queue, tag, out op, out error),
                    (ref EventData data) => TakeProcesses(ref data, firstTag, buffers),
                    cancellationToken).ConfigureAwait(dispatcher.IsManual);
            }
            catch
            {
                RemoveRoutes(firstTag, buffers);
                throw;
            }
        }

        /// <summary>Runs one process for each input.</summary>
        /// <param name="inferlet">As for one process.</param>
        /// <param name="inputs">JSON texts; null for {}.</param>
        /// <param name="options">null for the defaults. Only the token budget may be set.</param>
        /// <param name="timeout">For all of it.</param>
        /// <param name="cancellationToken">Ends the wait, and the processes.</param>
        /// <returns>What they returned, in the order of the inputs.</returns>
        /// <exception cref="PieException">Process: one failed, and the others were terminated. As for a launch.</exception>
        public Task<IReadOnlyList<string>> RunManyAsync(
            string inferlet,
            IEnumerable<string> inputs,
            PieLaunchOptions options = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(inferlet, nameof(inferlet));
            var all = Required(inputs);
            var limit = Limits.Milliseconds(timeout);
            var native = ToNative(options ?? new PieLaunchOptions(), 0);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                {
                    using (var texts = new NativeTexts())
                    {
                        return Native.pie_client_run_processes_async(
                            handle, what, texts.AddAll(all, nameof(inputs)), Size(all), ref native, limit, queue, tag,
                            out op, out error);
                    }
                },
                (ref EventData data) => JsonText.ReadStrings(data.Text),
                cancellationToken);
        }

        /// <summary>
        /// Makes the events of a running process this client's: from then on its messages, its files and its end. What real
        /// engines attach is told in docs/processes.md: a process that was launched without capture, once.
        /// </summary>
        /// <param name="processId">The id.</param>
        /// <param name="timeout">Allow enough: a process that is attached later can never be attached again.</param>
        /// <param name="cancellationToken">Ends the wait; the same holds.</param>
        /// <returns>The process, to be disposed.</returns>
        /// <exception cref="PieException">Rejected: the engine refused. InvalidState: it is this client's already.</exception>
        public Task<PieProcess> AttachAsync(
            string processId,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var id = Utf8.Required(processId, nameof(processId));
            var limit = Limits.Milliseconds(timeout);
            return Open(
                null,
                null,
                (ref LaunchOptions native, QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_attach_process_async(handle, id, ref native, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Asks for the running processes: on 0.4 those of the user, on 0.5 everybody's.</summary>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>The processes.</returns>
        public Task<IReadOnlyList<PieProcessInfo>> ListProcessesAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_list_processes_async(handle, limit, queue, tag, out op, out error),
                ProcessList.Take,
                cancellationToken);
        }

        /// <summary>Sends a process a text by its id. Engines drop it unless the process is this connection's.</summary>
        /// <param name="processId">The id.</param>
        /// <param name="message">The text.</param>
        /// <exception cref="PieException">Busy: the outgoing buffer is full, nothing was sent. Closed, Disconnected …</exception>
        public void Signal(string processId, string message)
        {
            var id = Utf8.Required(processId, nameof(processId));
            var text = Utf8.Required(message, nameof(message));
            Errors.Check(Native.pie_client_signal_process(handle, id, text, out var error), error);
        }

        /// <summary>Has the engine end a process by its id. On 0.5 that may be anybody's.</summary>
        /// <param name="processId">The id.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the engine has answered.</returns>
        /// <exception cref="PieException">Rejected: there is no such process, or it is not ours.</exception>
        public Task TerminateAsync(
            string processId,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var id = Utf8.Required(processId, nameof(processId));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_terminate_process_async(handle, id, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Has the engine serve HTTP by an inferlet, on its own machine. Engines 0.4 only.</summary>
        /// <param name="inferlet">"name@major.minor.patch".</param>
        /// <param name="port">1 to 65535.</param>
        /// <param name="input">JSON text; null for {}.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the engine has answered, which is before it listens.</returns>
        /// <exception cref="PieException">Rejected, or Unsupported: the generation has no daemons.</exception>
        public Task LaunchDaemonAsync(
            string inferlet,
            int port,
            string input = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(inferlet, nameof(inferlet));
            var json = Utf8.Optional(input, nameof(input));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_launch_daemon_async(
                        handle, what, unchecked((uint)port), json, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        private static IReadOnlyList<string> Required(IEnumerable<string> inputs) =>
            inputs == null ? throw new ArgumentNullException(nameof(inputs)) : inputs.ToArray();

        private static UIntPtr Size(IReadOnlyList<string> texts) => new UIntPtr((uint)texts.Count);

        private static LaunchOptions ToNative(PieLaunchOptions options, ulong tag)
        {
            if (options.TokenBudget < 0)
            {
                throw new ArgumentOutOfRangeException(nameof(options), "A token budget is not negative.");
            }
            return new LaunchOptions
            {
                StructSize = (uint)Marshal.SizeOf(typeof(LaunchOptions)),
                Flags = options.CaptureOutput ? 0 : Kinds.LaunchNoCapture,
                TokenBudget = (ulong)options.TokenBudget,
                Tag = tag,
            };
        }

        private StreamBuffer NewBuffer(PieLaunchOptions options) =>
            options.CaptureOutput ? new StreamBuffer(streams, rules) : null;

        private void AddRoute(ulong tag, StreamBuffer buffer)
        {
            if (buffer != null)
            {
                streams.Add(tag, buffer);
            }
        }

        private void RemoveRoutes(ulong firstTag, StreamBuffer[] buffers)
        {
            for (var i = 0; i < buffers.Length; i++)
            {
                streams.Remove(firstTag + (ulong)i);
            }
        }

        /// <summary>Launches or attaches a process.</summary>
        private async Task<PieProcess> Open(
            string input, PieLaunchOptions options, BeginLaunch begin, CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            options = options ?? new PieLaunchOptions();
            var streamTag = Pumps.Tags();
            var buffer = NewBuffer(options);
            var native = ToNative(options, streamTag);
            AddRoute(streamTag, buffer);
            try
            {
                return await Hub.Call(
                    (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    {
                        using (var texts = new NativeTexts())
                        using (var ours = new Borrowed(streams.Queue))
                        {
                            native.Input = texts.Add(input, nameof(input));
                            native.Queue = ours.Pointer;
                            return begin(ref native, queue, tag, out op, out error);
                        }
                    },
                    (ref EventData data) => Process(Native.pie_event_take_process(data.Pointer), streamTag, buffer),
                    cancellationToken).ConfigureAwait(dispatcher.IsManual);
            }
            catch
            {
                streams.Remove(streamTag);
                throw;
            }
        }

        private int BeginMany(
            byte[] inferlet, IReadOnlyList<string> inputs, PieLaunchOptions options, ulong firstTag, long limit,
            QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error)
        {
            var native = ToNative(options, firstTag);
            using (var texts = new NativeTexts())
            using (var ours = new Borrowed(streams.Queue))
            {
                native.Queue = ours.Pointer;
                return Native.pie_client_launch_processes_async(
                    handle, inferlet, texts.AddAll(inputs, nameof(inputs)), Size(inputs), ref native, limit, queue, tag,
                    out op, out error);
            }
        }

        private IReadOnlyList<PieProcess> TakeProcesses(ref EventData data, ulong firstTag, StreamBuffer[] buffers)
        {
            var pointers = new IntPtr[buffers.Length];
            Native.pie_event_take_processes(data.Pointer, pointers, new UIntPtr((uint)pointers.Length));
            return pointers.Select((pointer, i) => Process(pointer, firstTag + (ulong)i, buffers[i])).ToArray();
        }

        private PieProcess Process(IntPtr pointer, ulong streamTag, StreamBuffer buffer)
        {
            if (pointer == IntPtr.Zero)
            {
                throw Errors.NoMemory();
            }
            var id = Utf8.Read(Native.pie_process_id(pointer));
            var process = new ProcessHandle(pointer);
            var ours = streams;
            process.WhenReleased(() => ours.Remove(streamTag));
            return new PieProcess(this, process, id, buffer);
        }
    }
}
