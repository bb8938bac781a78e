// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>How processes are launched.</summary>
    public sealed class PieLaunchOptions
    {
        /// <summary>How many tokens each may make; 0 for the engine's default. Engines 0.5 know none.</summary>
        public long TokenBudget { get; set; }

        /// <summary>
        /// false: the process has no stream, and its output is discarded. It outlives this client's connection, and may be
        /// attached once.
        /// </summary>
        public bool CaptureOutput { get; set; } = true;
    }
}
