// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>An engine's event that the library does not know.</summary>
    public sealed class PieOtherEvent : PieTextEvent
    {
        internal PieOtherEvent(long sequence, string name, string text) : base(sequence, text) => Name = name;

        /// <summary>Its name.</summary>
        public string Name { get; }
    }
}
