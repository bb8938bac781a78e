// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet ended well: the text is what it returned.</summary>
    public sealed class PieReturnedEvent : PieTextEvent
    {
        internal PieReturnedEvent(long sequence, string text) : base(sequence, text)
        {
        }

        /// <inheritdoc/>
        public override bool IsLast => true;
    }
}
