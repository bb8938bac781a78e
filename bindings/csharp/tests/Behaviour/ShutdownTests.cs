// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>The end of the library in this process, and its new beginning. Run last, since others share the library.</summary>
    internal static class ShutdownTests
    {
        [Test("0.4", "0.5")]
        internal static async Task AShutdownEndsEverything(string uri)
        {
            var client = await Setup.Client(uri + "/?silent=ping");
            var process = await Setup.Launch(client, "[\"recv\",0]");
            var ping = client.PingAsync();
            var wait = process.ReceiveAsync();
            var result = process.ResultAsync();
            var ended = false;
            client.Dispatcher.GetHashCode();
            await Task.Run(() => PieLibrary.Shutdown(TimeSpan.FromSeconds(20)));
            Check.Same("", string.Join(" ", Setup.Threads()));
            await Check.Fails(PieStatus.Closed, () => ping);
            Check.Same(PieStatus.Closed, ((PieFailedEvent)await wait).Failure.Status);
            await Check.Fails(PieStatus.Closed, () => result);
            ended = await process.ReceiveAsync() == null;
            Check.That(ended && process.HasEnded, "the stream is at its end");
            await Check.Fails(PieStatus.Closed, () => client.PingAsync());
            await client.DisposeAsync();
            using (var second = await Setup.Client(uri))
            {
                await second.PingAsync();
            }
        }

        [Test("0.4")]
        internal static async Task AShutdownEndsAPause(string uri)
        {
            var options = new PieOptions().Set("queue_max_bytes", "4096").Set("overflow", "pause");
            var client = await Setup.Client(uri, options);
            var process = await Setup.Launch(client, "[\"spam\",2000,1000],[\"return\",\"end\"]");
            await process.ReceiveAsync();
            await Setup.UntilPaused(client);
            await Task.Run(() => PieLibrary.Shutdown(TimeSpan.FromSeconds(20)));
            Check.Same("", string.Join(" ", Setup.Threads()));
            PieEvent last = null;
            for (PieEvent next; (next = await process.ReceiveAsync()) != null;)
            {
                last = next;
            }
            Check.Same(PieStatus.Closed, ((PieFailedEvent)last).Failure.Status);
        }

        [Test("0.4")]
        internal static async Task AManualLoopThatWasShutDownIsDone(string uri)
        {
            var loop = new PieDispatcher();
            var connecting = PieClient.ConnectAsync(uri, new PieOptions { Dispatcher = loop });
            PieLibrary.Shutdown(TimeSpan.FromSeconds(20));
            await Check.Fails(PieStatus.Closed, () => connecting);
            Check.Same(0, loop.Dispatch());
            await Check.Fails(PieStatus.Closed, () => PieClient.ConnectAsync(uri, new PieOptions { Dispatcher = loop }));
        }
    }
}
