// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;

namespace Pie.Streams
{
    /// <summary>Time limits.</summary>
    internal static class Limits
    {
        internal const long LongestTimerMs = 0xfffffffe;

        /// <summary>Milliseconds, rounded up; -1 for no limit.</summary>
        internal static long Milliseconds(TimeSpan? timeout)
        {
            if (timeout == null || timeout == Timeout.InfiniteTimeSpan)
            {
                return Interop.Kinds.Forever;
            }
            if (timeout.Value < TimeSpan.Zero)
            {
                throw new ArgumentOutOfRangeException(nameof(timeout), "A limit is not negative.");
            }
            return (long)Math.Ceiling(timeout.Value.TotalMilliseconds);
        }

        internal static PieException TimedOut() =>
            new PieException(PieStatus.TimedOut, "Nothing came in time.", true);
    }
}
