// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie.Streams
{
    /// <summary>What has become of an event.</summary>
    internal enum Delivery
    {
        /// <summary>It was copied; more events of this tag may come.</summary>
        Done,

        /// <summary>It was copied, and is the last of its tag.</summary>
        Last,

        /// <summary>The receiver keeps it, and frees it.</summary>
        Kept,

        /// <summary>There is no room for it: it is to be offered again, before all others.</summary>
        Blocked,
    }

    /// <summary>Where the events of a tag go.</summary>
    internal abstract class Route
    {
        /// <summary>Takes an event; never twice at once.</summary>
        internal abstract Delivery Deliver(ref EventData data);

        /// <summary>The library was shut down: nothing more comes.</summary>
        internal abstract void Abort();
    }
}
