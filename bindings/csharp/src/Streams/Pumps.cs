// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Pie.Streams
{
    /// <summary>All pumps that are in use, so that a shutdown finds them.</summary>
    internal static class Pumps
    {
        private static readonly List<WeakReference<Pump>> All = new List<WeakReference<Pump>>();
        private static long lastTag;

        /// <summary>The first of so many tags in a row, which nothing else has.</summary>
        internal static ulong Tags(int count = 1) => (ulong)(Interlocked.Add(ref lastTag, count) - count + 1);

        internal static void Add(Pump pump)
        {
            PieLibrary.Begin();
            lock (All)
            {
                All.RemoveAll(reference => !reference.TryGetTarget(out _));
                All.Add(new WeakReference<Pump>(pump));
            }
        }

        /// <summary>Ends all that there are; false where a thread has not ended in time.</summary>
        internal static bool End(TimeSpan limit)
        {
            var pumps = Current();
            foreach (var pump in pumps)
            {
                pump.Abort();
            }
            return pumps.All(pump => pump.Join(limit));
        }

        private static List<Pump> Current()
        {
            var pumps = new List<Pump>();
            lock (All)
            {
                foreach (var reference in All)
                {
                    if (reference.TryGetTarget(out var pump))
                    {
                        pumps.Add(pump);
                    }
                }
                All.Clear();
            }
            return pumps;
        }
    }
}
