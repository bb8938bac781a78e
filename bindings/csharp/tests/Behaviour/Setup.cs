// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>What most tests begin with.</summary>
    internal static class Setup
    {
        internal const string Echo = "echo@0.1.0";

        internal static string Uri(string engine) =>
            Environment.GetEnvironmentVariable("PIE_TEST_URI_" + engine.Replace(".", "").ToUpperInvariant())
            ?? throw new InvalidOperationException("no engine " + engine);

        internal static async Task<PieClient> Client(string uri, PieOptions options = null)
        {
            var client = await PieClient.ConnectAsync(uri, options);
            await client.AuthenticateAsync("me");
            return client;
        }

        internal static Task<PieProcess> Launch(PieClient client, string ops) => client.LaunchAsync(Echo, Input(ops));

        internal static string Input(string ops) => "{\"ops\":[" + ops + "]}";

        /// <summary>Waits for a condition.</summary>
        internal static async Task Until(Func<Task<bool>> condition, string what)
        {
            for (var watch = Stopwatch.StartNew(); !await condition();)
            {
                Check.That(watch.Elapsed < TimeSpan.FromSeconds(30), what);
                await Task.Delay(2);
            }
        }

        /// <summary>Waits until no answer comes any more, and gives the failure that says so.</summary>
        internal static async Task<PieException> UntilPaused(PieClient client)
        {
            PieException late = null;
            await Until(
                async () =>
                {
                    late = await WhyLate(client);
                    return late != null;
                },
                "the connection is paused");
            return late;
        }

        private static async Task<PieException> WhyLate(PieClient client)
        {
            try
            {
                await client.PingAsync(TimeSpan.FromMilliseconds(100));
                return null;
            }
            catch (PieException late) when (late.Status == PieStatus.TimedOut)
            {
                return late;
            }
        }

        internal static Task Until(Func<bool> condition, string what) => Until(() => Task.FromResult(condition()), what);

        /// <summary>The names of this process's threads that are the library's, on either side.</summary>
        internal static List<string> Threads() => Directory.GetDirectories("/proc/self/task")
            .Select(Name)
            .Where(name => name.StartsWith("pie-", StringComparison.Ordinal))
            .ToList();

        private static string Name(string task)
        {
            try
            {
                return File.ReadAllText(task + "/comm").Trim();
            }
            catch (IOException)
            {
                return "";
            }
        }
    }
}
