// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet wrote to its standard error: the text of one write.</summary>
    public sealed class PieStderrEvent : PieTextEvent
    {
        internal PieStderrEvent(long sequence, string text) : base(sequence, text)
        {
        }
    }
}
