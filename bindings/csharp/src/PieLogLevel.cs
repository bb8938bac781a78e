// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>How detailed a log line is.</summary>
    public enum PieLogLevel
    {
        /// <summary>Log nothing.</summary>
        Off = 0,

        /// <summary>What failed.</summary>
        Error = 1,

        /// <summary>What is likely to fail.</summary>
        Warn = 2,

        /// <summary>What happened.</summary>
        Info = 3,

        /// <summary>What happened, to the developers of the library.</summary>
        Debug = 4,

        /// <summary>Everything.</summary>
        Trace = 5,
    }
}
