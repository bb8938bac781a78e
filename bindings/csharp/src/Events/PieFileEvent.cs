// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The inferlet sent a file.</summary>
    public sealed class PieFileEvent : PieEvent
    {
        internal PieFileEvent(long sequence, string name, byte[] data, PieException failure) : base(sequence)
        {
            Name = name;
            Data = data;
            Failure = failure;
        }

        /// <summary>The name that the inferlet suggests, made safe to join to a directory; null where it suggests none.</summary>
        public string Name { get; }

        /// <summary>Its bytes, whole and verified; none where there is a failure.</summary>
        public byte[] Data { get; }

        /// <summary>Why there is no file: it arrived damaged (Protocol), or was too large (TooLarge). Otherwise null.</summary>
        public PieException Failure { get; }
    }
}
