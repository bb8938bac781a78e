// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <summary>One running or ended inferlet. Every member may be used from any thread.</summary>
    /// <remarks>
    /// Its events wait until they are taken: up to the option queue_max_bytes in the C library and as much here. Past that
    /// they are dropped, and told of by a <see cref="PieOverflowEvent"/>; with the option overflow=pause nothing is
    /// dropped, and everything on the connection waits. A slow reader harms nobody else otherwise. Limits and tokens are as
    /// for <see cref="PieClient"/>.
    /// </remarks>
    public sealed class PieProcess : IDisposable
    {
        private readonly ProcessHandle handle;
        private readonly StreamBuffer buffer;

        internal PieProcess(PieClient client, ProcessHandle handle, string id, StreamBuffer buffer)
        {
            Client = client;
            Id = id;
            this.handle = handle;
            this.buffer = buffer;
        }

        /// <summary>Whose process it is.</summary>
        public PieClient Client { get; }

        /// <summary>The id as the engine spells it; "" where it tells none (0.5 without capture).</summary>
        public string Id { get; }

        /// <summary>Whether the last event was taken. Always, where the process has no stream.</summary>
        public bool HasEnded => buffer == null || buffer.IsFinished;

        internal bool KeepsContext => Client.Dispatcher.IsManual;

        /// <summary>Takes the oldest event, if there is one, and never waits. For loops such as that of a game.</summary>
        /// <param name="taken">The event, or null.</param>
        /// <returns>Whether there was one. If not, <see cref="HasEnded"/> tells whether one may come.</returns>
        public bool TryReceive(out PieEvent taken)
        {
            taken = null;
            return buffer != null && buffer.TryTake(out taken);
        }

        /// <summary>Waits for the next event. Several may wait at once: each event comes to one of them.</summary>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait; nothing is lost.</param>
        /// <returns>The event, or null after the last one. How the process ended is an event too.</returns>
        public Task<PieEvent> ReceiveAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            return buffer == null ? Task.FromResult<PieEvent>(null) : buffer.TakeAsync(limit, cancellationToken);
        }

        /// <summary>
        /// The events for <c>await foreach</c>, up to the last one. A process that failed or is out of reach ends them with a
        /// <see cref="PieException"/> in place of the <see cref="PieFailedEvent"/>.
        /// </summary>
        /// <param name="cancellationToken">Ends the wait for an event; nothing is lost.</param>
        /// <returns>The events; leaving the loop early loses none.</returns>
        public PieEventSequence ReadEventsAsync(CancellationToken cancellationToken = default(CancellationToken)) =>
            new PieEventSequence(this, cancellationToken);

        /// <summary>
        /// Waits until the process ends, whoever takes its events. They stay to be received; but with overflow=pause and where
        /// nobody has begun to receive, those that have no room are dropped meanwhile.
        /// </summary>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>What the inferlet returned; the same each time.</returns>
        /// <exception cref="PieException">
        /// Process: it failed, and its words are in the message. Cancelled: this client terminated it. Disconnected, Closed:
        /// it is out of reach. Unsupported: it has no stream. TimedOut: it has not ended.
        /// </exception>
        public async Task<string> ResultAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            if (buffer == null)
            {
                const string Text = "The process was launched without capture: nobody tells its result.";
                throw new PieException(PieStatus.Unsupported, Text, false);
            }
            buffer.BeginResult();
            try
            {
                var last = await Deadline.Wait(buffer.End, limit, cancellationToken, KeepsContext)
                    .ConfigureAwait(KeepsContext);
                return last is PieFailedEvent failed ? throw failed.Failure : ((PieReturnedEvent)last).Text;
            }
            finally
            {
                buffer.EndResult();
            }
        }

        /// <summary>Sends the process a text. Texts arrive in the order of the calls; engines do not acknowledge them.</summary>
        /// <param name="message">The text.</param>
        /// <exception cref="PieException">
        /// Busy: the outgoing buffer is full, nothing was sent. InvalidState: the process has ended. TooLarge …
        /// </exception>
        public void Signal(string message)
        {
            var text = Utf8.Required(message, nameof(message));
            Errors.Check(Native.pie_process_signal(handle, text, out var error), error);
        }

        /// <summary>Sends the process a file from memory. Engines drop it unless the inferlet is waiting for one.</summary>
        /// <param name="data">Its bytes; copied.</param>
        /// <param name="progress">Told how far the upload has come; may be null. What it throws ends the call.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the upload: the engine drops a part.</param>
        /// <returns>Completes when all of it is handed to the connection.</returns>
        /// <exception cref="PieException">InvalidState: the process has ended. TimedOut: only a part was sent …</exception>
        public Task TransferFileAsync(
            byte[] data,
            IProgress<PieProgress> progress = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (data == null)
            {
                throw new ArgumentNullException(nameof(data));
            }
            var size = new UIntPtr((uint)data.Length);
            var limit = Limits.Milliseconds(timeout);
            return Client.Dispatcher.Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_process_transfer_file_async(handle, data, size, limit, queue, tag, out op, out error),
                cancellationToken,
                progress);
        }

        /// <summary>Sends the process a file from disk, which is read while it is sent.</summary>
        /// <param name="path">The file.</param>
        /// <param name="progress">Told how far the upload has come; may be null. What it throws ends the call.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the upload: the engine drops a part.</param>
        /// <returns>Completes when all of it is handed to the connection.</returns>
        /// <exception cref="PieException">Io: the file cannot be read, or changed meanwhile. As for a file from memory.</exception>
        public Task TransferFileAsync(
            string path,
            IProgress<PieProgress> progress = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var file = Utf8.Required(path, nameof(path));
            var limit = Limits.Milliseconds(timeout);
            return Client.Dispatcher.Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_process_transfer_path_async(handle, file, limit, queue, tag, out op, out error),
                cancellationToken,
                progress);
        }

        /// <summary>Has the engine end the process. Its last event is then a failure of Cancelled, unless it ended first.</summary>
        /// <param name="timeout">How long to wait for the engine's answer.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when the engine has answered; also when the process has ended already.</returns>
        /// <exception cref="PieException">Rejected: the engine refused. Unsupported: the process has no id …</exception>
        public Task TerminateAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            return Client.Dispatcher.Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_process_terminate_async(handle, limit, queue, tag, out op, out error),
                cancellationToken);
        }

        /// <summary>Lets go of the process, which runs on. Those who wait for its events get an ObjectDisposedException.</summary>
        public void Dispose()
        {
            handle.Dispose();
            buffer?.Dispose(new ObjectDisposedException(nameof(PieProcess)));
        }
    }
}
