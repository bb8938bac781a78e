// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>Events were dropped here, since too many waited.</summary>
    public sealed class PieOverflowEvent : PieEvent
    {
        internal PieOverflowEvent(long sequence, long count, long bytes) : base(sequence)
        {
            Count = count;
            Bytes = bytes;
        }

        /// <summary>How many.</summary>
        public long Count { get; }

        /// <summary>Their bytes.</summary>
        public long Bytes { get; }
    }
}
