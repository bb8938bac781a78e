// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Concurrent;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>The library as a whole: logs, versions, what is forgotten.</summary>
    internal static class LibraryTests
    {
        [Test("0.4")]
        internal static async Task NamesAndVersions(string uri)
        {
            Check.Same(3, PieLibrary.Version.Split('.').Length);
            foreach (PieStatus status in Enum.GetValues(typeof(PieStatus)))
            {
                var name = PieLibrary.NameOf(status).Replace("PIE_E_", "").Replace("PIE_", "").Replace("_", "");
                Check.Same(status.ToString().ToUpperInvariant(), name);
            }
            var check = typeof(PieLibrary).GetMethod("CheckVersion", BindingFlags.Static | BindingFlags.NonPublic);
            var old = await Check.Throws<TargetInvocationException>(() => Task.Run(() => check.Invoke(null, new object[] { 0u })));
            Check.Same(PieStatus.AbiMismatch, ((PieException)old.InnerException).Status);
            Check.Same("PIE_UNKNOWN_STATUS", PieLibrary.NameOf((PieStatus)12345));
            using (var client = await PieClient.ConnectAsync(uri))
            {
                Check.Same(PieGeneration.V0_4, client.Generation);
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task LogLinesCome(string uri)
        {
            var lines = new ConcurrentQueue<string>();
            PieLibrary.SetLog(PieLogLevel.Trace, (level, target, text) =>
            {
                lines.Enqueue(level + " " + target + " " + text);
                throw new NotSupportedException("what a log function throws is dropped");
            });
            using (var client = await Setup.Client(uri))
            {
                await client.PingAsync();
            }
            PieLibrary.SetLog(PieLogLevel.Off, null);
            Check.That(lines.Any(line => line.Contains("pie")), lines.Count + " lines");
            var count = lines.Count;
            using (var client = await Setup.Client(uri))
            {
                await client.PingAsync();
            }
            Check.Same(count, lines.Count);
        }

        // The library's threads, on which log lines come, block all signals: a collector that needs these would stand still.
        [Test("0.4")]
        internal static async Task CollectionsGoOnWhileLogLinesCome(string uri)
        {
            var count = 0;
            PieLibrary.SetLog(PieLogLevel.Trace, (level, target, text) => Interlocked.Increment(ref count));
            using (var client = await Setup.Client(uri))
            {
                for (var i = 0; i < 200; i++)
                {
                    var ping = client.PingAsync();
                    GC.Collect();
                    await ping;
                }
            }
            PieLibrary.SetLog(PieLogLevel.Off, null);
            Check.That(Volatile.Read(ref count) > 0, "lines came");
        }

        [Test("0.4", "0.5")]
        internal static async Task WhatIsForgottenIsGivenBack(string uri)
        {
            using (var watcher = await Setup.Client(uri))
            {
                await Forget(uri);
                await Setup.Until(
                    async () =>
                    {
                        await UseStacks();
                        GC.Collect();
                        GC.WaitForPendingFinalizers();
                        return (await watcher.QueryAsync("scripted", "connections")).Trim() == "1";
                    },
                    "the connections of clients that were forgotten are closed");
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task NoThreadStaysWithoutWork(string uri)
        {
            var client = await Setup.Client(uri);
            using (var process = await Setup.Launch(client, "[\"return\",\"end\"]"))
            {
                await process.ResultAsync();
            }
            await client.DisposeAsync();
            await Setup.Until(() => !Setup.Threads().Contains("pie-events"), string.Join(" ", Setup.Threads()));
        }

        [Test("0.4", "0.5")]
        internal static async Task NewsOfTheConnection(string uri)
        {
            using (var client = await PieClient.ConnectAsync(uri))
            {
                var made = await client.ReceiveConnectionEventAsync();
                Check.That(made.Status == PieStatus.Ok && made.Failure == null && made.Sequence == 0, made.Status.ToString());
                Check.That(!client.TryReceiveConnectionEvent(out _), "nothing else has happened");
                await client.CloseAsync();
                var closed = await client.ReceiveConnectionEventAsync();
                Check.Same(PieStatus.Closed, closed.Status);
                Check.Same(null, await client.ReceiveConnectionEventAsync());
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static async Task Forget(string uri)
        {
            for (var i = 0; i < 10; i++)
            {
                var client = await Setup.Client(uri);
                var process = await Setup.Launch(client, "[\"send\",\"x\"],[\"recv\",0]");
                await process.ReceiveAsync();
            }
        }

        /// <summary>Mono looks at stacks conservatively: old pointers on them are to be overwritten.</summary>
        private static Task UseStacks() => Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Deep(50))));

        private static int Deep(int depth) => depth == 0 ? 0 : Deep(depth - 1) + new object().GetHashCode() % 2;
    }
}
