// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>How far an upload has come.</summary>
    public struct PieProgress
    {
        internal PieProgress(long sent, long total)
        {
            Sent = sent;
            Total = total;
        }

        /// <summary>Bytes handed to the connection.</summary>
        public long Sent { get; }

        /// <summary>All bytes.</summary>
        public long Total { get; }
    }
}
