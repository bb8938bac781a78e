// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace Pie.Conformance
{
    /// <summary>The conformance runner for C#: Runner.exe SCENARIOS ENGINE [NAME]... (tests/conformance/README.md).</summary>
    internal sealed class Runner
    {
        private readonly string engine;
        private readonly string[] names;
        private string scenario;
        private World world;
        private bool isChosen;
        private bool hasFailed;
        private bool anyFailed;

        private Runner(string engine, string[] names)
        {
            this.engine = engine;
            this.names = names;
        }

        private static int Main(string[] arguments)
        {
            if (arguments.Length < 2)
            {
                Console.Error.WriteLine("usage: Runner.exe SCENARIOS ENGINE [NAME]...");
                return 2;
            }
            return new Runner(arguments[1], arguments.Skip(2).ToArray()).Run(arguments[0]).GetAwaiter().GetResult();
        }

        private async Task<int> Run(string path)
        {
            var number = 0;
            foreach (var line in File.ReadAllLines(path))
            {
                number++;
                var words = Words.Split(line);
                if (words.Count > 1 && words[0] == "scenario")
                {
                    Begin(words);
                }
                else if (words.Count > 0 && isChosen && !hasFailed)
                {
                    await RunStep(number, words);
                }
            }
            EndScenario();
            PieLibrary.Shutdown(World.Limit);
            return anyFailed ? 1 : 0;
        }

        private void Begin(IReadOnlyList<string> words)
        {
            EndScenario();
            scenario = words[1];
            world = new World();
            hasFailed = false;
            isChosen = words.Skip(2).Contains(engine) && (names.Length == 0 || names.Contains(scenario));
        }

        private void EndScenario()
        {
            world?.Dispose();
            if (isChosen && !hasFailed)
            {
                Console.WriteLine("ok " + scenario);
            }
            isChosen = false;
        }

        private async Task RunStep(int number, List<string> words)
        {
            try
            {
                await new Step(words).Run(world);
            }
            catch (Exception wrong)
            {
                Console.WriteLine("FAILED {0}: line {1}: {2}", scenario, number, Told(wrong));
                hasFailed = anyFailed = true;
            }
        }

        private static string Told(Exception wrong) => wrong is Mismatch ? wrong.Message : wrong.ToString();
    }
}
