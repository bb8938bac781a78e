// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <summary>One connection to an engine. Every member may be used from any thread.</summary>
    /// <remarks>
    /// Every method that waits takes a time limit (null: until it is done or the connection ends; zero: nothing is
    /// sent) and a <see cref="CancellationToken"/>. It fails with a <see cref="PieException"/>, whose status is TimedOut when
    /// time was up, or with an <see cref="OperationCanceledException"/> of the token. What was given up may still be done,
    /// but a process whose launch was given up is terminated. All of that comes by the task; an <see cref="ArgumentException"/> (a null, a NUL in a text)
    /// and an <see cref="ObjectDisposedException"/> may be thrown by the call itself.
    /// </remarks>
    public sealed partial class PieClient : IDisposable
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        , IAsyncDisposable
#endif
    {
        private readonly ClientHandle handle;
        private readonly PieDispatcher dispatcher;
        private readonly StreamRules rules;
        private readonly Pump streams;
        private readonly News news;
        private readonly McpRoutes handlers;

        private PieClient(IntPtr pointer, PieDispatcher dispatcher, StreamRules rules, News news)
        {
            handle = new ClientHandle(pointer);
            this.dispatcher = dispatcher;
            this.rules = rules;
            this.news = news;
            streams = dispatcher.NewStreams();
            handlers = new McpRoutes(streams);
            handle.WhenReleased(handlers.EndAll);
        }

        /// <summary>The generation of the engine.</summary>
        public PieGeneration Generation => (PieGeneration)Native.pie_client_generation(handle);

        /// <summary>Who completes this client's tasks.</summary>
        public PieDispatcher Dispatcher => dispatcher;

        private Hub Hub => dispatcher.Hub;

        /// <summary>Connects to an engine and finds out its generation.</summary>
        /// <param name="uri">"ws://host:port", or "wss://host:port" for TLS.</param>
        /// <param name="options">null for the defaults; copied.</param>
        /// <param name="timeout">For all of it.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>The client, to be disposed.</returns>
        /// <exception cref="PieException">Connect, Tls, Io, Disconnected, TimedOut, InvalidArgument.</exception>
        public static Task<PieClient> ConnectAsync(
            string uri,
            PieOptions options = null,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var text = Utf8.Required(uri, nameof(uri));
            var limit = Limits.Milliseconds(timeout);
            options = options ?? new PieOptions();
            var dispatcher = options.Dispatcher ?? PieDispatcher.Default;
            var rules = options.Rules(dispatcher);
            var news = new News(rules.Creation);
            var connect = new Operation<PieClient>(
                rules.Creation, (ref EventData data) => Take(ref data, dispatcher, rules, news), null, cancellationToken);
            using (var settings = options.ToHandle())
            {
                return dispatcher.Hub.Start(
                    (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                        Native.pie_client_connect_async(text, settings, limit, queue, tag, out op, out error),
                    new ConnectionRoute(connect, news),
                    connect);
            }
        }

        /// <summary>Calls <see cref="PieDispatcher.Dispatch"/> of this client's dispatcher, which must be a manual one.</summary>
        /// <returns>How many events there were.</returns>
        public int Dispatch() => dispatcher.Dispatch();

        /// <summary>Sends a ping to the engine and waits for its answer.</summary>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>The time to the answer.</returns>
        public Task<TimeSpan> PingAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_ping_async(handle, limit, queue, tag, out op, out error),
                (ref EventData data) => TimeSpan.FromTicks(Math.Max(1, data.Current / 100)),
                cancellationToken);
        }

        /// <summary>Asks the engine for a fact, such as "model_status".</summary>
        /// <param name="subject">What is asked for. Engines 0.4 never answer a subject that they do not know.</param>
        /// <param name="record">About what; "" where the subject needs none.</param>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>A JSON object.</returns>
        public Task<string> QueryAsync(
            string subject,
            string record = "",
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            var what = Utf8.Required(subject, nameof(subject));
            var about = Utf8.Required(record, nameof(record));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_query_async(handle, what, about, limit, queue, tag, out op, out error),
                ReadText,
                cancellationToken);
        }

        /// <summary>Takes the next news of the connection, if there is one. Of what nobody takes the 64 newest are kept.</summary>
        /// <param name="taken">The news, or null.</param>
        /// <returns>Whether there was one.</returns>
        public bool TryReceiveConnectionEvent(out PieConnectionEvent taken) => news.TryTake(out taken);

        /// <summary>Waits for the next news of the connection.</summary>
        /// <param name="timeout">How long.</param>
        /// <param name="cancellationToken">Ends the wait; nothing is lost.</param>
        /// <returns>The news; null behind that of the close.</returns>
        public Task<PieConnectionEvent> ReceiveConnectionEventAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken)) =>
            news.TakeAsync(Limits.Milliseconds(timeout), cancellationToken);

        /// <summary>
        /// Closes the connection. Requests under way end with Closed, and so does every stream; what processes have said can
        /// still be received. The client must still be disposed.
        /// </summary>
        /// <param name="timeout">How long to wait; zero begins the close.</param>
        /// <param name="cancellationToken">Ends the wait, not the close.</param>
        /// <returns>Completes when all of it is done; also the second time.</returns>
        public async Task CloseAsync(
            TimeSpan? timeout = null, CancellationToken cancellationToken = default(CancellationToken))
        {
            var limit = Limits.Milliseconds(timeout);
            if (limit == 0)
            {
                BeginClose();
                return;
            }
            await Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                    Native.pie_client_close_async(handle, limit, queue, tag, out op, out error),
                cancellationToken).ConfigureAwait(dispatcher.IsManual);
            handlers.EndAll();
        }

        /// <summary>Frees the client, and has the connection closed, without waiting. What processes have said can still be received.</summary>
        public void Dispose() => handle.Dispose();

        /// <summary>Closes the connection, waits for that, and frees the client.</summary>
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        public ValueTask DisposeAsync() => new ValueTask(CloseAndDispose());
#else
        public Task DisposeAsync() => CloseAndDispose();
#endif

        private static PieClient Take(ref EventData data, PieDispatcher dispatcher, StreamRules rules, News news)
        {
            var pointer = Native.pie_event_take_client(data.Pointer);
            return pointer == IntPtr.Zero ? throw Errors.NoMemory() : new PieClient(pointer, dispatcher, rules, news);
        }

        private static string ReadText(ref EventData data) => data.Text;

        private async Task CloseAndDispose()
        {
            try
            {
                if (!handle.IsClosed)
                {
                    await CloseAsync().ConfigureAwait(dispatcher.IsManual);
                }
            }
            catch (PieException)
            {
                // The library was shut down: there is nothing left to close.
            }
            Dispose();
        }

        private void BeginClose()
        {
            var status = Native.pie_client_close(handle, 0, out var error);
            if (status != (int)PieStatus.TimedOut)
            {
                Errors.Check(status, error);
            }
            Native.pie_error_free(error);
        }
    }
}
