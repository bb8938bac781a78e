// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Pie.Conformance
{
    /// <summary>The steps about processes.</summary>
    internal static class ProcessSteps
    {
        internal static readonly Dictionary<string, Func<Step, World, Task>> All =
            new Dictionary<string, Func<Step, World, Task>>
            {
                ["launch"] = (step, world) => Launch(step, world, Steps.Echo, Input(step[1])),
                ["launch_program"] = (step, world) => Launch(step, world, step[1], step[2]),
                ["launch_apart"] = LaunchApart,
                ["launch_many"] = LaunchMany,
                ["run_all"] = async (step, world) =>
                {
                    var inputs = step.Words.Skip(1).Select(Input);
                    var all = await world.Client.RunManyAsync(Steps.Echo, inputs, null, step.Limit, step.Token);
                    Mismatch.Unless(step[0], "[" + string.Join(",", all.Select(one => "\"" + one + "\"")) + "]");
                },
                ["attach"] = async (step, world) =>
                    world.Add(step[0], await world.Client.AttachAsync(world.Id(step[1]), step.Limit, step.Token)),
                ["result"] = async (step, world) =>
                    Mismatch.Unless(step[1], await world.Process(step[0]).ResultAsync(step.Limit, step.Token)),
                ["signal"] = (step, world) => Steps.Now(() => world.Process(step[0]).Signal(step[1])),
                ["signal_id"] = (step, world) => Steps.Now(() => world.Client.Signal(world.Id(step[0]), step[1])),
                ["send"] = (step, world) => world.Process(step[0]).TransferFileAsync(
                    StreamSteps.Pattern(int.Parse(step[1])), null, step.Limit, step.Token),
                ["send_path"] = SendPath,
                ["terminate"] = (step, world) => world.Process(step[0]).TerminateAsync(step.Limit, step.Token),
                ["terminate_id"] = (step, world) => world.Client.TerminateAsync(world.Id(step[0]), step.Limit, step.Token),
                ["let_go"] = (step, world) => Steps.Now(() => world.LetGo(step[0])),
                ["listed"] = Listed,
            };

        private static string Input(string ops) => "{\"ops\": " + ops + "}";

        private static async Task Launch(Step step, World world, string inferlet, string input) =>
            world.Add(step[0], await world.Client.LaunchAsync(inferlet, input, null, step.Limit, step.Token));

        private static async Task<List<string>> Ids(Step step, World world)
        {
            var processes = await world.Client.ListProcessesAsync(step.Limit, step.Token);
            return processes.Select(process => process.Id).ToList();
        }

        private static async Task LaunchApart(Step step, World world)
        {
            var before = await Ids(step, world);
            var options = new PieLaunchOptions { CaptureOutput = false };
            using (await world.Client.LaunchAsync(Steps.Echo, Input(step[1]), options, step.Limit, step.Token))
            {
                world.AddId(step[0], (await Ids(step, world)).Except(before).Single());
            }
        }

        private static async Task LaunchMany(Step step, World world)
        {
            var inputs = Enumerable.Repeat(Input(step[2]), int.Parse(step[1]));
            var processes = await world.Client.LaunchManyAsync(Steps.Echo, inputs, null, step.Limit, step.Token);
            for (var i = 0; i < processes.Count; i++)
            {
                world.Add(step[0] + i, processes[i]);
            }
        }

        private static async Task SendPath(Step step, World world)
        {
            var path = Path.Combine(Path.GetTempPath(), "csharp-conformance-" + Guid.NewGuid());
            if (step[1] != "missing")
            {
                File.WriteAllBytes(path, StreamSteps.Pattern(int.Parse(step[1])));
            }
            try
            {
                await world.Process(step[0]).TransferFileAsync(path, null, step.Limit, step.Token);
            }
            finally
            {
                File.Delete(path);
            }
        }

        private static async Task Listed(Step step, World world)
        {
            var end = DateTime.UtcNow + step.Limit;
            while ((await Ids(step, world)).Contains(world.Id(step[0])) != (step[1] == "yes"))
            {
                Mismatch.Unless(DateTime.UtcNow < end, step[0] + " listed: " + step[1], "the contrary");
            }
        }
    }
}
