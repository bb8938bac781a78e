// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Pie.Conformance
{
    /// <summary>The steps about clients, and which there are.</summary>
    internal static class Steps
    {
        internal const string Echo = "echo@0.1.0";

        private static readonly Dictionary<string, Func<Step, World, Task>> All =
            new Dictionary<string, Func<Step, World, Task>>
            {
                ["client"] = (step, world) => Now(() => world.Current = step[0]),
                ["connect"] = (step, world) => Connect(step, world, World.Environment("PIE_TEST_URI")),
                ["connect_to"] = async (step, world) => world.Client = await PieClient.ConnectAsync(step[0], null, step.Limit, step.Token),
                ["login"] = (step, world) => world.Client.AuthenticateAsync(step[0], null, step.Limit, step.Token),
                ["login_key"] = (step, world) => LogIn(step, world, PiePrivateKey.FromFile(World.Environment("PIE_TEST_KEY"))),
                ["login_key_text"] = (step, world) =>
                    LogIn(step, world, PiePrivateKey.Parse(File.ReadAllText(World.Environment("PIE_TEST_KEY")))),
                ["generation"] = (step, world) => Now(() => Generation(world)),
                ["ping"] = async (step, world) =>
                {
                    var took = await world.Client.PingAsync(step.Limit, step.Token);
                    Mismatch.Unless(took > TimeSpan.Zero, "more than 0", took);
                },
                ["query"] = async (step, world) =>
                {
                    var answer = await world.Client.QueryAsync(step[0], step[1], step.Limit, step.Token);
                    Mismatch.Unless(answer.Contains(step[2]), step[2], answer);
                },
                ["resolve"] = async (step, world) =>
                {
                    var registry = World.Environment("PIE_TEST_REGISTRY") + "/detail";
                    var found = await world.Client.ResolveVersionAsync(step[0], registry, step.Limit, step.Token);
                    Mismatch.Unless(step[1], found);
                },
                ["install"] = (step, world) => world.Client.InstallProgramAsync(Wasm, Manifest, true, null, step.Limit, step.Token),
                ["install_bytes"] = (step, world) => world.Client.InstallProgramAsync(
                    File.ReadAllBytes(Wasm), File.ReadAllText(Manifest), true, null, step.Limit, step.Token),
                ["check"] = async (step, world) =>
                {
                    var isThere = await world.Client.CheckProgramAsync(step[0], null, null, step.Limit, step.Token);
                    Mismatch.Unless(step[1], isThere ? "yes" : "no");
                },
                ["daemon"] = (step, world) =>
                    world.Client.LaunchDaemonAsync(step[0], int.Parse(step[1]), null, step.Limit, step.Token),
                ["tool"] = (step, world) => world.Client.RegisterMcpHandlerAsync(
                    step[0],
                    (method, json, token) => Task.FromResult("{\"method\":\"" + method + "\",\"params\":" + json + "}"),
                    step.Limit,
                    step.Token),
                ["tool_fails"] = (step, world) => world.Client.RegisterMcpHandlerAsync(
                    step[0], (method, json, token) => throw new PieMcpException(-32000, "no"), step.Limit, step.Token),
                ["untool"] = (step, world) => Now(() => world.Client.UnregisterMcpServer(step[0])),
                ["connection"] = async (step, world) =>
                {
                    var news = await world.Client.ReceiveConnectionEventAsync(step.Limit, step.Token);
                    Mismatch.Unless(step[0], news == null ? "the end" : PieLibrary.NameOf(news.Status));
                },
                ["close"] = (step, world) => world.Client.CloseAsync(step.Limit, step.Token),
            };

        static Steps()
        {
            foreach (var pair in ProcessSteps.All.Concat(StreamSteps.All))
            {
                All.Add(pair.Key, pair.Value);
            }
        }

        private static string Wasm => World.Environment("PIE_TEST_ECHO_WASM");

        private static string Manifest => World.Environment("PIE_TEST_ECHO_MANIFEST");

        internal static Task Run(Step step, World world) =>
            All.TryGetValue(step.Verb, out var run) ? run(step, world) : throw new Mismatch("no such step: " + step.Verb);

        /// <summary>A step that does not wait.</summary>
        internal static Task Now(Action action)
        {
            action();
            return Task.FromResult(true);
        }

        private static async Task Connect(Step step, World world, string uri)
        {
            var options = new PieOptions();
            foreach (var word in step.Words)
            {
                var parts = word.Split(new[] { '=' }, 2);
                if (word.StartsWith("?", StringComparison.Ordinal))
                {
                    uri += "/" + word;
                }
                else
                {
                    options[parts[0]] = parts[1];
                }
            }
            world.Client = await PieClient.ConnectAsync(uri, options, step.Limit, step.Token);
        }

        private static async Task LogIn(Step step, World world, PiePrivateKey key)
        {
            using (key)
            {
                await world.Client.AuthenticateAsync(step[0], key, step.Limit, step.Token);
            }
        }

        private static void Generation(World world)
        {
            var wanted = World.Environment("PIE_TEST_GENERATION") == "0.4" ? PieGeneration.V0_4 : PieGeneration.V0_5;
            Mismatch.Unless(world.Client.Generation == wanted, wanted.ToString(), world.Client.Generation);
        }
    }
}
