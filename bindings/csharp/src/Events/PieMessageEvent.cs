// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet sent a message.</summary>
    public sealed class PieMessageEvent : PieTextEvent
    {
        internal PieMessageEvent(long sequence, string text) : base(sequence, text)
        {
        }
    }
}
