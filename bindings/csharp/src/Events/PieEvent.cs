// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>Something that a process said, or that became of it. Skip the kinds that you do not know.</summary>
    public abstract class PieEvent
    {
        internal PieEvent(long sequence) => Sequence = sequence;

        /// <summary>0, 1, 2 … within the process's stream; a gap is a loss. -1: made when the library was shut down.</summary>
        public long Sequence { get; }

        /// <summary>Whether it is the last event of its process.</summary>
        public virtual bool IsLast => false;
    }
}
