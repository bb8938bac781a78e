// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>Runs the tests, or those whose names hold one of the arguments.</summary>
    internal static class Program
    {
        private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        private static int Main(string[] names)
        {
            if (names.Length == 1 && names[0] == "--layout")
            {
                Layout.Print();
                return 0;
            }
            if (names.Length == 1 && names[0] == "--leave")
            {
                Leave(Setup.Uri("0.4")).GetAwaiter().GetResult();
                return 0;
            }
            return RunAll(names);
        }

        /// <summary>Leaves everything open, for the end of the process.</summary>
        private static async Task Leave(string uri)
        {
            PieLibrary.SetLog(PieLogLevel.Trace, (level, target, text) => GC.KeepAlive(text + text));
            var client = await Setup.Client(uri);
            var process = await Setup.Launch(client, "[\"spam\",1000,1000],[\"recv\",0]");
            await process.ReceiveAsync();
            GC.KeepAlive(client.PingAsync());
        }

        private static int RunAll(string[] names)
        {
            var failed = 0;
            var cases = Cases(names).ToList();
            foreach (var one in cases)
            {
                var wrong = Run(one.Value);
                if (wrong != null)
                {
                    failed++;
                    Console.WriteLine("FAILED {0}: {1}", one.Key, wrong);
                }
            }
            Console.WriteLine("{0} passed, {1} failed", cases.Count - failed, failed);
            return failed == 0 && cases.Count > 0 ? 0 : 1;
        }

        private static IEnumerable<KeyValuePair<string, Func<Task>>> Cases(string[] names) =>
            from type in typeof(Program).Assembly.GetTypes()
            orderby type == typeof(ShutdownTests), type.Name
            from method in type.GetMethods(BindingFlags.Static | BindingFlags.NonPublic | BindingFlags.Public)
            let test = method.GetCustomAttribute<TestAttribute>()
            where test != null
            from engine in test.Engines
            let name = type.Name + "." + method.Name + " " + engine
            where names.Length == 0 || names.Any(name.Contains)
            select new KeyValuePair<string, Func<Task>>(
                name, () => (Task)method.Invoke(null, new object[] { Setup.Uri(engine) }));

        private static Exception Run(Func<Task> test)
        {
            try
            {
                var running = Task.Run(test);
                return running.Wait(Limit) ? null : new TimeoutException("not done in " + Limit);
            }
            catch (AggregateException wrong)
            {
                return wrong.InnerException;
            }
        }
    }
}
