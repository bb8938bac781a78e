// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Linq;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Pie.Tests
{
    /// <summary>Prints where the fields of the structures are, to be compared with what a C compiler says.</summary>
    internal static class Layout
    {
        internal static void Print()
        {
            Print("EventLayout", "pie_event");
            Print("LaunchOptions", "pie_launch_options");
            Print("ProcessInfoLayout", "pie_process_info");
            Print("McpServer", "pie_mcp_server");
        }

        private static void Print(string name, string inC)
        {
            var type = typeof(PieClient).Assembly.GetType("Pie.Interop." + name, true);
            Console.WriteLine("sizeof({0}) == {1}", inC, Marshal.SizeOf(type));
            foreach (var field in type.GetFields(BindingFlags.Instance | BindingFlags.NonPublic).Select(field => field.Name))
            {
                var snake = Regex.Replace(field, "(?<=.)([A-Z])", "_$1").ToLowerInvariant();
                Console.WriteLine("offsetof({0}, {1}) == {2}", inC, snake, Marshal.OffsetOf(type, field));
            }
        }
    }
}
