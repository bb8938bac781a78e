// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet wrote to its standard output: the text of one write.</summary>
    public sealed class PieStdoutEvent : PieTextEvent
    {
        internal PieStdoutEvent(long sequence, string text) : base(sequence, text)
        {
        }
    }
}
