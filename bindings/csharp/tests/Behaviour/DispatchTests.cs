// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>A loop of the host's own, which dispatches.</summary>
    internal static class DispatchTests
    {
        [Test("0.4", "0.5")]
        internal static Task EverythingHappensInsideDispatch(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var texts = new List<string>();
            var threads = new HashSet<int>();
            var playing = Play(uri, loop, texts, threads);
            Turn(loop, () => playing.IsCompleted);
            playing.GetAwaiter().GetResult();
            Check.Same("0 1 2 end", string.Join(" ", texts));
            Check.Same(Thread.CurrentThread.ManagedThreadId, threads.Single());
        });

        [Test("0.4", "0.5")]
        internal static Task ALimitIsKept(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var launching = LaunchAndEnd(uri, loop);
            Turn(loop, () => launching.IsCompleted);
            var process = launching.Result;
            using (process.Client)
            {
                // The events come in bursts: without a limit a frame would deliver many.
                process.Signal("go");
                var count = 0;
                Turn(loop, () => TakeAll(process, ref count) >= 0 && process.HasEnded, 1);
                Check.Same(102, count);
            }
        });

        [Test("0.4")]
        internal static Task OneLoopServesSeveralClients(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var all = Enumerable.Range(0, 3).Select(_ => Play(uri, loop, new List<string>(), new HashSet<int>())).ToArray();
            Turn(loop, () => all.All(one => one.IsCompleted));
            Task.WaitAll(all);
        });

        [Test("0.4")]
        internal static Task AFrameMayDispatchInsideItself(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var inner = -1;
            var connecting = ConnectAndDispatch(uri, loop, count => inner = count);
            Turn(loop, () => connecting.IsCompleted);
            connecting.Result.Dispose();
            Check.Same(0, inner);
        });

        [Test("0.4", "0.5")]
        internal static Task WithPauseALoopLosesNothing(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var options = new PieOptions { Dispatcher = loop }.Set("overflow", "pause").Set("queue_max_bytes", "4096");
            var launching = Spam(uri, options);
            Turn(loop, () => launching.IsCompleted);
            using (launching.Result.Client)
            {
                var count = 0;
                Turn(loop, () => TakeAll(launching.Result, ref count) >= 0 && launching.Result.HasEnded);
                Check.Same(1001, count);
            }
        });

        [Test("0.4")]
        internal static Task HandlersRunInsideDispatch(string uri) => OnAThread(() =>
        {
            var loop = new PieDispatcher();
            var threads = new HashSet<int>();
            var calling = Tool(uri, loop, threads);
            Turn(loop, () => calling.IsCompleted);
            Check.Same("mcp:ok:7", calling.Result);
            Check.Same(Thread.CurrentThread.ManagedThreadId, threads.Single());
        });

        [Test("0.4")]
        internal static async Task TheDefaultOneWorksByItself(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                Check.That(!client.Dispatcher.IsManual, "it has threads");
                await Check.Throws<InvalidOperationException>(() => Task.Run(() => client.Dispatch()));
            }
        }

        /// <summary>A thread of its own, without a thread pool or a context, as a game's main loop is.</summary>
        private static Task OnAThread(Action action)
        {
            var done = new TaskCompletionSource<bool>();
            var thread = new Thread(() =>
            {
                try
                {
                    action();
                    done.SetResult(true);
                }
                catch (Exception wrong)
                {
                    done.SetException(wrong);
                }
            });
            thread.Start();
            return done.Task;
        }

        private static void Turn(PieDispatcher loop, Func<bool> isDone, int most = 0)
        {
            for (var watch = Stopwatch.StartNew(); !isDone(); Thread.Sleep(1))
            {
                var count = loop.Dispatch(most);
                // The limit is for each of the two queues that this one client has.
                Check.That(most == 0 || count <= 2 * most, "the limit is kept");
                Check.That(watch.Elapsed < TimeSpan.FromSeconds(30), "the loop comes to its end");
            }
        }

        private static async Task Play(string uri, PieDispatcher loop, List<string> texts, HashSet<int> threads)
        {
            using (var client = await Setup.Client(uri, new PieOptions { Dispatcher = loop }))
            using (var process = await Setup.Launch(client, "[\"sendn\",3],[\"return\",\"end\"]"))
            {
                var events = process.ReadEventsAsync().GetAsyncEnumerator();
                while (await events.MoveNextAsync())
                {
                    threads.Add(Thread.CurrentThread.ManagedThreadId);
                    texts.Add(((PieTextEvent)events.Current).Text);
                }
                Check.Same("end", await process.ResultAsync());
                await client.CloseAsync();
            }
        }

        private static async Task<PieProcess> LaunchAndEnd(string uri, PieDispatcher loop)
        {
            var client = await Setup.Client(uri, new PieOptions { Dispatcher = loop });
            return await Setup.Launch(client, "[\"recv\",0],[\"sendn\",100],[\"return\",\"end\"]");
        }

        private static async Task<PieProcess> Spam(string uri, PieOptions options)
        {
            var client = await Setup.Client(uri, options);
            return await Setup.Launch(client, "[\"spam\",1000,1000],[\"return\",\"end\"]");
        }

        private static async Task<PieClient> ConnectAndDispatch(string uri, PieDispatcher loop, Action<int> told)
        {
            var client = await PieClient.ConnectAsync(uri, new PieOptions { Dispatcher = loop });
            told(loop.Dispatch());
            return client;
        }

        private static async Task<string> Tool(string uri, PieDispatcher loop, HashSet<int> threads)
        {
            using (var client = await Setup.Client(uri, new PieOptions { Dispatcher = loop }))
            {
                await client.RegisterMcpHandlerAsync("calc", (method, json, token) =>
                {
                    threads.Add(Thread.CurrentThread.ManagedThreadId);
                    return Task.FromResult("7");
                });
                using (var process = await Setup.Launch(client, "[\"mcp\",\"calc\",\"m\",{}],[\"return\",\"end\"]"))
                {
                    return ((PieMessageEvent)await process.ReceiveAsync()).Text;
                }
            }
        }

        private static int TakeAll(PieProcess process, ref int count)
        {
            while (process.TryReceive(out _))
            {
                count++;
            }
            return count;
        }
    }
}
