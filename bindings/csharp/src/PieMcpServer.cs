// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Collections.Generic;

namespace Pie
{
    /// <summary>An MCP server that is a program, which the library starts and ends.</summary>
    public sealed class PieMcpServer
    {
        /// <summary>The program: a name that is looked for in PATH, or a path.</summary>
        public string Command { get; set; }

        /// <summary>What it is given, without its own name.</summary>
        public IReadOnlyList<string> Arguments { get; set; } = new string[0];

        /// <summary>"NAME=value" each, added to this process's environment.</summary>
        public IReadOnlyList<string> Environment { get; set; } = new string[0];

        /// <summary>Where it runs; null for where this process does.</summary>
        public string WorkingDirectory { get; set; }

        /// <summary>null or "stdio"; others are <see cref="PieStatus.Unsupported"/>.</summary>
        public string Transport { get; set; }

        /// <summary>null: stdio has none.</summary>
        public string Url { get; set; }
    }
}
