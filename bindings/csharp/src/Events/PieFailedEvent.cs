// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet failed, was terminated, or is out of reach.</summary>
    public sealed class PieFailedEvent : PieEvent
    {
        internal PieFailedEvent(long sequence, PieException failure) : base(sequence) => Failure = failure;

        /// <summary>
        /// Why: Process (it failed, and its words are in the message), Cancelled (this client terminated it), Disconnected,
        /// Closed …
        /// </summary>
        public PieException Failure { get; }

        /// <inheritdoc/>
        public override bool IsLast => true;
    }
}
