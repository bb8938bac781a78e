// SPDX-License-Identifier: Apache-2.0 OR MIT
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>Copies events of processes.</summary>
    internal static class EventReader
    {
        /// <summary>The event; null for a kind that this version does not know.</summary>
        internal static PieEvent Read(ref EventData data)
        {
            switch (data.Kind)
            {
                case Kinds.Stdout:
                    return new PieStdoutEvent(data.Sequence, data.Text);
                case Kinds.Stderr:
                    return new PieStderrEvent(data.Sequence, data.Text);
                case Kinds.Message:
                    return new PieMessageEvent(data.Sequence, data.Text);
                case Kinds.Return:
                    return new PieReturnedEvent(data.Sequence, data.Text);
                case Kinds.Error:
                    return new PieFailedEvent(data.Sequence, data.Failure);
                case Kinds.Other:
                    return new PieOtherEvent(data.Sequence, data.Name, data.Text);
                case Kinds.File:
                    return ReadFile(ref data);
                default:
                    return null;
            }
        }

        private static PieFileEvent ReadFile(ref EventData data) =>
            new PieFileEvent(data.Sequence, data.Name, data.Bytes, data.Status < 0 ? data.Failure : null);
    }
}
