// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>What happened to a client's connection.</summary>
    public sealed class PieConnectionEvent
    {
        internal PieConnectionEvent(long sequence, PieException failure, long attempt, long attempts)
        {
            Sequence = sequence;
            Failure = failure;
            Attempt = attempt;
            Attempts = attempts;
        }

        /// <summary>0, 1, 2 …, also of what was too old to be kept.</summary>
        public long Sequence { get; }

        /// <summary>
        /// Ok: it was made; Closed: it was closed, which is the last event; otherwise it was lost, or an attempt to make it
        /// again failed, and why.
        /// </summary>
        public PieStatus Status => Failure == null ? PieStatus.Ok : Failure.Status;

        /// <summary>Why it was lost or closed; null where it was made.</summary>
        public PieException Failure { get; }

        /// <summary>With the option reconnect, the number of the attempt that succeeded or failed; otherwise 0.</summary>
        public long Attempt { get; }

        /// <summary>How many attempts there may be; 0 where there will be none.</summary>
        public long Attempts { get; }
    }
}
