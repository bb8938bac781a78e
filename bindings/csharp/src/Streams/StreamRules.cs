// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading.Tasks;

namespace Pie.Streams
{
    /// <summary>How much of a process may wait, what happens past that, and how those who wait go on.</summary>
    internal struct StreamRules
    {
        internal long MostBytes;
        internal bool Pauses;
        internal TaskCreationOptions Creation;

        /// <summary>Whether the library's own continuations stay on the thread that dispatches.</summary>
        internal bool KeepsContext => Creation == TaskCreationOptions.None;
    }
}
