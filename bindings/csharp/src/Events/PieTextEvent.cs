// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>An event with a text.</summary>
    public abstract class PieTextEvent : PieEvent
    {
        internal PieTextEvent(long sequence, string text) : base(sequence) => Text = text;

        /// <summary>The text.</summary>
        public string Text { get; }
    }
}
