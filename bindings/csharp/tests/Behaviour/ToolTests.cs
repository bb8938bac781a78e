// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>MCP servers, in this program and outside.</summary>
    internal static class ToolTests
    {
        [Test("0.4")]
        internal static async Task AHandlerAnswersSeveralAtOnce(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var all = new CountdownEvent(4);
                await client.RegisterMcpHandlerAsync("calc", async (request, token) =>
                {
                    all.Signal();
                    await Setup.Until(() => all.IsSet, "all are asked at once");
                    return "{\"asked\":\"" + request.Method + "\",\"by\":\"" + request.ProcessId + "\",\"with\":" + request.ParamsJson + "}";
                });
                var inputs = Enumerable.Repeat(Setup.Input("[\"recv\",0],[\"mcp\",\"calc\",\"m\",{\"a\":1}],[\"return\",\"end\"]"), 4);
                var processes = await client.LaunchManyAsync(Setup.Echo, inputs);
                foreach (var process in processes)
                {
                    process.Signal("go");
                }
                foreach (var process in processes)
                {
                    await Check.Message(process, "got:go");
                    var wanted = "mcp:ok:{\"asked\":\"m\",\"by\":\"" + process.Id + "\",\"with\":{\"a\":1}}";
                    await Check.Message(process, wanted);
                }
            }
        }

        [Test("0.4")]
        internal static async Task WhatAHandlerThrowsIsTold(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                await Answers(client, "coded", () => throw new PieMcpException(-32602, "a \"wrong\" one", "[1]"),
                    "mcp:error:{\"code\":-32602,\"message\":\"a \\\"wrong\\\" one\",\"data\":[1]}");
                await Answers(client, "plain", () => throw new InvalidOperationException("on fire"),
                    "mcp:error:{\"code\":-32000,\"message\":\"on fire\"}");
                await Answers(client, "null", () => Task.FromResult<string>(null), "mcp:ok:null");
                await Answers(client, "garbage", () => Task.FromResult("{"), "mcp:error:{\"code\":-32000");
            }
        }

        [Test("0.4")]
        internal static async Task UnregisteringCancelsWhatIsUnderWay(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var begun = new TaskCompletionSource<bool>();
                var ended = new TaskCompletionSource<bool>();
                await client.RegisterMcpHandlerAsync("slow", async (method, json, token) =>
                {
                    token.Register(() => ended.TrySetResult(true));
                    begun.TrySetResult(true);
                    await Task.Delay(Timeout.Infinite, token);
                    return "never";
                });
                await Check.Fails(PieStatus.InvalidState, () => client.RegisterMcpHandlerAsync("slow", Nothing));
                var process = await Setup.Launch(client, "[\"mcp\",\"slow\",\"m\",{}],[\"return\",\"end\"]");
                await begun.Task;
                client.UnregisterMcpServer("slow");
                await ended.Task;
                var answer = ((PieMessageEvent)await process.ReceiveAsync()).Text;
                Check.That(answer.StartsWith("mcp:error:", StringComparison.Ordinal), answer);
                await Check.Fails(PieStatus.InvalidState, () => Task.Run(() => client.UnregisterMcpServer("slow")));
            }
        }

        [Test("0.4")]
        internal static async Task ClosingCancelsWhatIsUnderWay(string uri)
        {
            var client = await Setup.Client(uri);
            var begun = new TaskCompletionSource<bool>();
            var ended = new TaskCompletionSource<bool>();
            await client.RegisterMcpHandlerAsync("slow", async (method, json, token) =>
            {
                token.Register(() => ended.TrySetResult(true));
                begun.TrySetResult(true);
                await Task.Delay(Timeout.Infinite, token);
                return "never";
            });
            using (await Setup.Launch(client, "[\"mcp\",\"slow\",\"m\",{}]"))
            {
                await begun.Task;
                client.Dispose();
                await ended.Task;
            }
        }

        [Test("0.4")]
        internal static async Task AProgramThatIsNoServerIsToldOf(string uri)
        {
            using (var client = await Setup.Client(uri))
            {
                var server = new PieMcpServer
                {
                    Command = "sh",
                    Arguments = new[] { "-c", "echo \"$WORD $0 $PWD\" >&2; exit 3", "größer" },
                    Environment = new[] { "WORD=hello" },
                    WorkingDirectory = "/",
                };
                var failure = await Check.Fails(PieStatus.Mcp, () => client.RegisterMcpServerAsync("broken", server));
                Check.That(failure.Message.Contains("hello größer /"), failure.Message);
                server.Transport = "http";
                await Check.Fails(PieStatus.Unsupported, () => client.RegisterMcpServerAsync("broken", server));
            }
        }

        private static Task<string> Nothing(string method, string json, CancellationToken token) => Task.FromResult("0");

        private static async Task Answers(PieClient client, string name, Func<Task<string>> answer, string wanted)
        {
            await client.RegisterMcpHandlerAsync(name, (method, json, token) => answer());
            using (var process = await Setup.Launch(client, "[\"mcp\",\"" + name + "\",\"m\",{}],[\"return\",\"end\"]"))
            {
                var got = ((PieMessageEvent)await process.ReceiveAsync()).Text;
                Check.That(got.StartsWith(wanted, StringComparison.Ordinal), got);
            }
        }
    }
}
