// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading.Tasks;
using Pie;

/// <summary>Installs an inferlet, launches it, and prints what it says: Quickstart URI PROGRAM MANIFEST NAME@VERSION [INPUT]</summary>
internal static class Quickstart
{
    private static int Main(string[] arguments)
    {
        if (arguments.Length < 4)
        {
            Console.Error.WriteLine("usage: Quickstart URI PROGRAM MANIFEST NAME@VERSION [INPUT]");
            return 2;
        }
        try
        {
            var input = arguments.Length > 4 ? arguments[4] : "{\"prompt\": \"Once upon a time\", \"max_tokens\": 32}";
            Run(arguments[0], arguments[1], arguments[2], arguments[3], input).GetAwaiter().GetResult();
            return 0;
        }
        catch (PieException failure)
        {
            Console.Error.WriteLine(failure.Status + ": " + failure.Message);
            return 1;
        }
    }

    private static async Task Run(string uri, string program, string manifest, string name, string input)
    {
        var limit = TimeSpan.FromSeconds(60);
        using (var client = await PieClient.ConnectAsync(uri, timeout: limit))
        {
            await client.AuthenticateAsync("me", timeout: limit);
            // Otherwise the engine keeps what it may hold under this name and version.
            await client.InstallProgramAsync(program, manifest, forceOverwrite: true, timeout: limit);
            using (var process = await client.LaunchAsync(name, input, timeout: limit))
            {
                await Print(process);
            }
            await client.CloseAsync(limit);
        }
    }

    /// <summary>From C# 8 on: await foreach (var one in process.ReadEventsAsync()).</summary>
    private static async Task Print(PieProcess process)
    {
        var events = process.ReadEventsAsync().GetAsyncEnumerator();
        while (await events.MoveNextAsync())
        {
            Show(events.Current);
        }
    }

    private static void Show(PieEvent one)
    {
        if (one is PieReturnedEvent returned)
        {
            Console.WriteLine("\nreturned: " + returned.Text);
        }
        else if (one is PieFileEvent file)
        {
            Console.WriteLine("\nfile of " + file.Data.Length + " bytes");
        }
        else if (one is PieTextEvent said)
        {
            Console.Write(said.Text);
        }
    }
}
