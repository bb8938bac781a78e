// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>What processes say: order, bounds, several readers, the end.</summary>
    internal static class StreamTests
    {
        [Test("0.4", "0.5")]
        internal static async Task EventsComeInOrderEachOnce(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var inputs = Enumerable.Repeat(Setup.Input("[\"sendn\",2000],[\"return\",\"end\"]"), 20);
                var processes = await client.LaunchManyAsync(Setup.Echo, inputs);
                await Task.WhenAll(processes.Select(process => ReadNumbers(process, 2000)));
                foreach (var process in processes)
                {
                    Check.Same("end", await process.ResultAsync());
                    Check.That(await process.ReceiveAsync() is PieReturnedEvent, "the end is an event too");
                    Check.That(process.HasEnded && await process.ReceiveAsync() == null, "the end stays");
                    Check.That(!process.TryReceive(out _), "nothing behind the end");
                    process.Dispose();
                }
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ASequenceEndsWithTheProcess(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"send\",\"one\"],[\"return\",\"end\"]"))
            {
                var texts = new List<string>();
                var events = process.ReadEventsAsync().GetAsyncEnumerator();
                while (await events.MoveNextAsync())
                {
                    texts.Add(((PieTextEvent)events.Current).Text);
                }
                await events.DisposeAsync();
                Check.Same("one end", string.Join(" ", texts));
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ASequenceThrowsWhereTheProcessFailed(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"send\",\"one\"],[\"raise\",\"it broke\"]"))
            {
                var events = process.ReadEventsAsync().GetAsyncEnumerator();
                Check.That(await events.MoveNextAsync(), "the message comes first");
                var failure = await Check.Fails(PieStatus.Process, () => events.MoveNextAsync().AsTaskOf());
                Check.That(failure.Message.Contains("it broke"), failure.Message);
                Check.That(!await events.MoveNextAsync(), "then it is at its end");
                await Check.Fails(PieStatus.Process, () => process.ResultAsync());
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ASequenceMayBeLeftAndTakenUpAgain(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var source = new CancellationTokenSource())
            using (var process = await Setup.Launch(client, "[\"sendn\",2],[\"recv\",0],[\"return\",\"end\"]"))
            {
                var first = process.ReadEventsAsync().GetAsyncEnumerator(source.Token);
                Check.That(await first.MoveNextAsync(), "an event");
                await Check.Message(process, "1");
                var waiting = first.MoveNextAsync().AsTaskOf();
                source.Cancel();
                await Check.Throws<OperationCanceledException>(() => waiting);
                process.Signal("go");
                await Check.Message(process, "got:go");
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task SeveralReadersShareTheEvents(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"recv\",0],[\"sendn\",3000],[\"return\",\"end\"]"))
            {
                var readers = Enumerable.Range(0, 8).Select(_ => Task.Run(() => ReadAll(process))).ToArray();
                process.Signal("go");
                var taken = (await Task.WhenAll(readers)).SelectMany(texts => texts).ToList();
                Check.Same(3002, taken.Count);
                Check.Same(3002, taken.Distinct().Count());
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task AWaitThatIsGivenUpLosesNothing(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"recv\",0],[\"sendn\",500],[\"return\",\"end\"]"))
            {
                process.Signal("go");
                var wanted = -1;
                while (wanted < 500)
                {
                    using (var source = new CancellationTokenSource())
                    {
                        var wait = process.ReceiveAsync(null, source.Token);
                        source.Cancel();
                        var text = await TextOrNull(wait) ?? await TextOrNull(process.ReceiveAsync(TimeSpan.FromMilliseconds(1)));
                        if (text != null)
                        {
                            Check.Same(wanted < 0 ? "got:go" : wanted.ToString(CultureInfo.InvariantCulture), text);
                            wanted++;
                        }
                    }
                }
                Check.Same("end", await process.ResultAsync());
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task LimitsOfReceives(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"recv\",0]"))
            {
                await Check.Fails(PieStatus.TimedOut, () => process.ReceiveAsync(TimeSpan.FromMilliseconds(5)));
                await Check.Fails(PieStatus.TimedOut, () => process.ReceiveAsync(TimeSpan.Zero));
                await Check.Fails(PieStatus.TimedOut, () => process.ResultAsync(TimeSpan.FromMilliseconds(5)));
                using (var source = new CancellationTokenSource())
                {
                    var result = process.ResultAsync(null, source.Token);
                    source.Cancel();
                    var end = await Check.Throws<OperationCanceledException>(() => result);
                    Check.Same(source.Token, end.CancellationToken);
                }
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ASlowReaderLosesEventsAndIsTold(string uri)
        {
            const int Bound = 4096;
            using (var client = await Setup.Client(uri, new PieOptions().Set("queue_max_bytes", "4096")))
            using (var process = await Setup.Launch(client, "[\"spam\",1000,100],[\"return\",\"end\"]"))
            {
                Check.Same("end", await process.ResultAsync());
                var kept = await ReadAllEvents(process);
                var bytes = kept.OfType<PieMessageEvent>().Sum(one => one.Text.Length);
                Check.That(bytes <= 2 * Bound, bytes + " bytes were kept");
                Check.Same(1000L, kept.OfType<PieMessageEvent>().Count() + kept.OfType<PieOverflowEvent>().Sum(one => one.Count));
                Check.Same(100000L, bytes + kept.OfType<PieOverflowEvent>().Sum(one => one.Bytes));
                CheckSequence(kept);
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task WithPauseASlowReaderLosesNothing(string uri)
        {
            var options = new PieOptions().Set("queue_max_bytes", "4096").Set("overflow", "pause");
            using (var client = await Setup.Client(uri, options))
            using (var process = await Setup.Launch(client, "[\"spam\",2000,1000],[\"return\",\"end\"]"))
            {
                await process.ReceiveAsync();
                var late = await Setup.UntilPaused(client);
                Check.That(late.Message.Contains(process.Id), "whom everything waits for: " + late.Message);
                var rest = await ReadAllEvents(process);
                Check.Same(2000, rest.Count);
                CheckSequence(rest);
                await client.PingAsync();
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task WithPauseAResultNeedsNoReader(string uri)
        {
            var options = new PieOptions().Set("queue_max_bytes", "4096").Set("overflow", "pause");
            using (var client = await Setup.Client(uri, options))
            using (var process = await Setup.Launch(client, "[\"spam\",2000,1000],[\"return\",\"end\"]"))
            {
                await Setup.UntilPaused(client);
                Check.Same("end", await process.ResultAsync());
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task WithPauseADisposedProcessHoldsUpNothing(string uri)
        {
            var options = new PieOptions().Set("queue_max_bytes", "4096").Set("overflow", "pause");
            using (var client = await Setup.Client(uri, options))
            {
                var other = await Setup.Launch(client, "[\"recv\",0],[\"return\",\"end\"]");
                var slow = await Setup.Launch(client, "[\"spam\",2000,1000],[\"recv\",0]");
                await Setup.UntilPaused(client);
                slow.Dispose();
                other.Signal("go");
                Check.Same("end", await other.ResultAsync());
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ASlowReaderHarmsNobodyElse(string uri)
        {
            using (var client = await Setup.Client(uri, new PieOptions().Set("queue_max_bytes", "4096")))
            using (await Setup.Launch(client, "[\"spam\",5000,1000],[\"recv\",0]"))
            using (var other = await Setup.Launch(client, "[\"sendn\",100],[\"return\",\"end\"]"))
            {
                await ReadNumbers(other, 100);
                await client.PingAsync();
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task DisposingAProcessEndsItsWaits(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var process = await Setup.Launch(client, "[\"recv\",0],[\"return\",\"end\"]");
                var wait = process.ReceiveAsync();
                process.Dispose();
                await Check.Throws<ObjectDisposedException>(() => wait);
                await Check.Throws<ObjectDisposedException>(() => process.ReceiveAsync());
                await Check.Throws<ObjectDisposedException>(() => Task.Run(() => process.Signal("go")));
                client.Signal(process.Id, "go");
                await Setup.Until(
                    async () => (await client.ListProcessesAsync()).All(one => one.Id != process.Id), "it runs on, and ends");
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task AClosedClientLeavesWhatWasSaid(string uri)
        {
            var client = await Setup.Client(uri);
            var process = await Setup.Launch(client, "[\"send\",\"one\"],[\"send\",\"two\"],[\"recv\",0]");
            await Check.Message(process, "one");
            await client.CloseAsync();
            client.Dispose();
            await Check.Message(process, "two");
            Check.Same(PieStatus.Closed, ((PieFailedEvent)await process.ReceiveAsync()).Failure.Status);
            Check.Same(null, await process.ReceiveAsync());
            await Check.Fails(PieStatus.Closed, () => process.ResultAsync());
            await Check.Throws<ObjectDisposedException>(() => client.PingAsync());
        }

        [Test("0.4", "0.5")]
        internal static async Task WithoutCaptureThereIsNoStream(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var options = new PieLaunchOptions { CaptureOutput = false };
                using (var process = await client.LaunchAsync(Setup.Echo, Setup.Input("[\"send\",\"one\"]"), options))
                {
                    Check.Same(null, await process.ReceiveAsync());
                    Check.That(process.HasEnded && !process.TryReceive(out _), "it is at its end");
                    await Check.Fails(PieStatus.Unsupported, () => process.ResultAsync());
                }
            }
        }

        [Test("0.4")]
        internal static async Task UnknownAndDamagedThingsAreToldOf(string uri)
        {
            const string Damaged = "[\"file_chunk\",{\"index\":0,\"total\":1,\"data\":\"x\",\"hash\":\"00\"}]";
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"event\",\"novelty\",\"text\"]," + Damaged))
            {
                var other = (PieOtherEvent)await process.ReceiveAsync();
                Check.Same("novelty: text", other.Name + ": " + other.Text);
                var file = (PieFileEvent)await process.ReceiveAsync();
                Check.Same(PieStatus.Protocol, file.Failure.Status);
                Check.Same(0, file.Data.Length);
            }
        }

        private static async Task ReadNumbers(PieProcess process, int count)
        {
            for (var i = 0; i < count; i++)
            {
                await Check.Message(process, i.ToString(CultureInfo.InvariantCulture));
            }
        }

        private static async Task<List<PieEvent>> ReadAllEvents(PieProcess process)
        {
            var events = new List<PieEvent>();
            for (PieEvent next; (next = await process.ReceiveAsync()) != null;)
            {
                events.Add(next);
            }
            return events;
        }

        private static async Task<List<string>> ReadAll(PieProcess process) =>
            (await ReadAllEvents(process)).Cast<PieTextEvent>().Select(one => one.Text).ToList();

        private static void CheckSequence(List<PieEvent> events)
        {
            var next = events[0].Sequence;
            foreach (var one in events)
            {
                Check.Same(next, one.Sequence);
                next += one is PieOverflowEvent overflow ? overflow.Count : 1;
            }
        }

        private static async Task<string> TextOrNull(Task<PieEvent> wait)
        {
            try
            {
                return ((PieTextEvent)await wait).Text;
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (PieException late) when (late.Status == PieStatus.TimedOut)
            {
                return null;
            }
        }
    }
}
