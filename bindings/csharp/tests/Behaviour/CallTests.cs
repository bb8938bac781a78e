// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>Calls: arguments, limits, cancellation, results.</summary>
    internal static class CallTests
    {
        [Test("0.4")]
        internal static async Task WrongTextsNameTheParameter(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var nul = await Check.Throws<ArgumentException>(() => client.QueryAsync("model\0status"));
                Check.Same("subject", nul.ParamName);
                var half = await Check.Throws<ArgumentException>(() => client.QueryAsync("model_status", "\ud83d"));
                Check.Same("record", half.ParamName);
                var missing = await Check.Throws<ArgumentNullException>(() => client.LaunchAsync(null));
                Check.Same("inferlet", missing.ParamName);
                var input = await Check.Throws<ArgumentException>(() => client.LaunchAsync(Setup.Echo, "{\0}"));
                Check.Same("input", input.ParamName);
                var json = await Check.Fails(PieStatus.InvalidArgument, () => client.LaunchAsync(Setup.Echo, "{"));
                Check.That(json.Message.Contains("input") && !json.IsRetriable, json.Message);
                await Check.Throws<ArgumentOutOfRangeException>(() => client.PingAsync(TimeSpan.FromMilliseconds(-2)));
                await client.PingAsync(Timeout.InfiniteTimeSpan);
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ATimeLimitEndsACall(string uri)
        {
            using (var client = await Setup.Client(uri + "/?silent=ping"))
            {
                var late = await Check.Fails(PieStatus.TimedOut, () => client.PingAsync(TimeSpan.FromMilliseconds(5)));
                Check.That(late.IsRetriable, "may be tried again");
                await Check.Fails(PieStatus.TimedOut, () => client.PingAsync(TimeSpan.Zero));
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task ATokenEndsACall(string uri)
        {
            using (var client = await Setup.Client(uri + "/?silent=ping&delay=launch_process:1000"))
            using (var source = new CancellationTokenSource())
            {
                var ping = client.PingAsync(null, source.Token);
                var mark = Guid.NewGuid().ToString();
                var launch = client.LaunchAsync(
                    Setup.Echo, Setup.Input("[\"recv\",0],[\"send\",\"" + mark + "\"]"), null, null, source.Token);
                source.Cancel();
                foreach (var call in new Task[] { ping, launch })
                {
                    var end = await Check.Throws<OperationCanceledException>(() => call);
                    Check.Same(source.Token, end.CancellationToken);
                    Check.That(call.IsCanceled, "the task is cancelled");
                }
                await Check.Throws<OperationCanceledException>(() => client.QueryAsync("scripted", "x", null, source.Token));
                var received = await client.QueryAsync("scripted", "received");
                Check.That(!received.Contains("\"x\""), "nothing is sent for a token that was cancelled before");
                await Setup.Until(() => IsListed(client, mark), "the process of a cancelled launch begins");
                await Setup.Until(
                    async () => !await IsListed(client, mark),
                    "the process of a cancelled launch is terminated");
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task CallsGoOnSideBySide(string uri)
        {
            using (var client = await Setup.Client(uri + "/?reorder=50"))
            {
                var calls = Enumerable.Range(0, 50).Select(_ => client.CheckProgramAsync(Setup.Echo)).ToArray();
                Check.That((await Task.WhenAll(calls)).All(isThere => isThere), "all are answered");
            }
        }

        [Test("0.4")]
        internal static async Task ContinuationsMayWait(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                await client.PingAsync().ConfigureAwait(false);
                // A thread that completes tasks would stand still here.
                client.PingAsync().GetAwaiter().GetResult();
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task BatchesGiveTheTextsAsTheyAre(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var texts = new[] { "", "\"quoted\" \\ / \n\t", "größer € 😀", "[1,\"x\"]" };
                var inputs = texts.Select(text => Setup.Input("[\"return\"," + Quote(text) + "]"));
                var results = await client.RunManyAsync(Setup.Echo, inputs);
                Check.That(results.SequenceEqual(texts), string.Join("|", results));
                Check.Same(0, (await client.RunManyAsync(Setup.Echo, new string[0])).Count);
                Check.Same(0, (await client.LaunchManyAsync(Setup.Echo, new string[0])).Count);
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task AListTellsOfProcesses(string uri)
        {
            using (var client = await Setup.Client(uri))
            using (var process = await Setup.Launch(client, "[\"recv\",0]"))
            {
                var listed = (await client.ListProcessesAsync()).Single(one => one.Id == process.Id);
                Check.That(listed.Program.StartsWith("echo", StringComparison.Ordinal), listed.Program);
                Check.That(listed.Elapsed >= TimeSpan.Zero && listed.Elapsed < TimeSpan.FromMinutes(5), listed.Elapsed.ToString());
                await process.TerminateAsync();
                await Check.Fails(PieStatus.Cancelled, () => process.ResultAsync());
            }
        }

        [Test("0.4")]
        internal static async Task OptionsAreCheckedWhenTheyAreSet(string uri)
        {
            var options = new PieOptions().Set("queue_max_bytes", "1000");
            await Check.Fails(PieStatus.InvalidArgument, () => Task.FromResult(options["queue_max_bytes"] = "many"));
            await Check.Fails(PieStatus.InvalidArgument, () => Task.FromResult(options.Set("no_such", "1")));
            Check.Same("1000", options["queue_max_bytes"]);
            Check.Same(null, options["no_such"]);
            Check.That(
                PieLibrary.DescribeOptions().Contains("{\"default\":\"" + DefaultQueueBytes + "\",\"key\":\"queue_max_bytes\""),
                "the same bound as in C");
            using (await PieClient.ConnectAsync(uri, options))
            {
            }
        }

        [Test("0.4", "0.5")]
        internal static async Task UploadsTellHowFarTheyAre(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var told = new Told();
                var program = new byte[3000000];
                await client.InstallProgramAsync(program, "[package]\nname = \"big\"\nversion = \"0.1.0\"\n", true, told);
                Check.Same(3000000L, told.Last.Total);
                Check.Same(3000000L, told.Last.Sent);
                told.Throws = true;
                await Check.Throws<NotSupportedException>(
                    () => client.InstallProgramAsync(program, "[package]\nname = \"big\"\nversion = \"0.1.0\"\n", true, told));
                await client.PingAsync();
            }
        }

        private static async Task<bool> IsListed(PieClient client, string mark) =>
            (await client.ListProcessesAsync()).Any(one => one.Input.Contains(mark));

        private const string DefaultQueueBytes = "67108864";

        private static string Quote(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"")
            .Replace("\n", "\\n").Replace("\t", "\\t") + "\"";

        private sealed class Told : IProgress<PieProgress>
        {
            internal PieProgress Last { get; private set; }

            internal bool Throws { get; set; }

            public void Report(PieProgress value)
            {
                Last = value;
                if (Throws)
                {
                    throw new NotSupportedException();
                }
            }
        }
    }
}
