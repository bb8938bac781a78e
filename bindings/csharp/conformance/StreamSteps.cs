// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Text;
using System.Threading.Tasks;

namespace Pie.Conformance
{
    /// <summary>The steps about what a process says.</summary>
    internal static class StreamSteps
    {
        internal static readonly Dictionary<string, Func<Step, World, Task>> All =
            new Dictionary<string, Func<Step, World, Task>>
            {
                ["out"] = (step, world) => Joined<PieStdoutEvent>(step, world),
                ["err"] = (step, world) => Joined<PieStderrEvent>(step, world),
                ["message"] = (step, world) => Text<PieMessageEvent>(step, world, step[1]),
                ["returns"] = (step, world) => Text<PieReturnedEvent>(step, world, step[1]),
                ["numbers"] = Numbers,
                ["file"] = async (step, world) =>
                {
                    var file = await Next<PieFileEvent>(step, world);
                    Mismatch.Unless(file.Data.SequenceEqual(Pattern(int.Parse(step[1]))), step[1] + " bytes", file.Data.Length + " others");
                },
                ["file_text"] = async (step, world) =>
                {
                    var file = await Next<PieFileEvent>(step, world);
                    Mismatch.Unless(step[1], file.Name);
                    Mismatch.Unless(step[2], Encoding.UTF8.GetString(file.Data));
                },
                ["overflow"] = Overflow,
                ["breaks"] = async (step, world) =>
                {
                    var failure = (await Next<PieFailedEvent>(step, world)).Failure;
                    var got = PieLibrary.NameOf(failure.Status);
                    Mismatch.Unless(got == step[1] && failure.Message.Contains(step[2]), step[1] + ": " + step[2], got + ": " + failure.Message);
                },
                ["ended"] = async (step, world) =>
                {
                    var item = await world.Process(step[0]).ReceiveAsync(step.Limit, step.Token);
                    Mismatch.Unless(item == null && world.Process(step[0]).HasEnded, "the end", item);
                },
                ["nothing"] = (step, world) => Steps.Now(() =>
                    Mismatch.Unless(!world.Process(step[0]).TryReceive(out var item) && !world.Process(step[0]).HasEnded, "nothing", item)),
                ["received"] = async (step, world) =>
                {
                    var message = await Next<PieMessageEvent>(step, world);
                    Mismatch.Unless(message.Text.StartsWith("file:" + step[1] + ":", StringComparison.Ordinal), step[1] + " bytes", message.Text);
                },
            };

        internal static byte[] Pattern(int size) => Enumerable.Range(0, size).Select(i => (byte)(i % 251)).ToArray();

        private static async Task<T> Next<T>(Step step, World world) where T : PieEvent
        {
            var next = await world.Process(step[0]).ReceiveAsync(step.Limit, step.Token);
            Mismatch.Unless(next is T, typeof(T).Name, next + " " + (next as PieTextEvent)?.Text);
            return (T)next;
        }

        private static async Task Text<T>(Step step, World world, string wanted) where T : PieTextEvent =>
            Mismatch.Unless(wanted, (await Next<T>(step, world)).Text);

        private static async Task Numbers(Step step, World world)
        {
            for (var i = 0; i < int.Parse(step[1]); i++)
            {
                await Text<PieMessageEvent>(step, world, i.ToString(CultureInfo.InvariantCulture));
            }
        }

        private static async Task Joined<T>(Step step, World world) where T : PieTextEvent
        {
            var joined = "";
            while (joined.Length < step[1].Length)
            {
                joined += (await Next<T>(step, world)).Text;
            }
            Mismatch.Unless(step[1], joined);
        }

        private static async Task Overflow(Step step, World world)
        {
            PieEvent next;
            do
            {
                next = await world.Process(step[0]).ReceiveAsync(step.Limit, step.Token);
            }
            while (next is PieMessageEvent);
            Mismatch.Unless(next is PieOverflowEvent overflow && overflow.Count > 0, "an overflow", next);
        }
    }
}
