// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Pie.Streams;

namespace Pie
{
    /// <summary>
    /// Completes tasks and delivers events: the <see cref="Default"/> one on threads of its own; one made with
    /// <c>new</c> inside <see cref="Dispatch"/> alone, for a loop such as that of a game.
    /// </summary>
    public sealed class PieDispatcher
    {
        private static readonly object Gate = new object();
        private static PieDispatcher shared;

        private readonly List<WeakReference<Pump>> streams = new List<WeakReference<Pump>>();
        private readonly bool threaded;

        /// <summary>
        /// Makes one that does nothing by itself. Tasks of its clients complete inside <see cref="Dispatch"/>, so never
        /// wait for one on the thread that dispatches. After <see cref="PieLibrary.Shutdown"/>, make another one.
        /// </summary>
        public PieDispatcher() : this(false)
        {
        }

        private PieDispatcher(bool threaded)
        {
            this.threaded = threaded;
            Hub = new Hub(threaded);
        }

        /// <summary>The one that clients have unless their options name another one.</summary>
        public static PieDispatcher Default
        {
            get
            {
                lock (Gate)
                {
                    if (shared == null || !shared.Hub.Pump.IsAlive())
                    {
                        shared = new PieDispatcher(true);
                    }
                    return shared;
                }
            }
        }

        /// <summary>Whether it needs <see cref="Dispatch"/>.</summary>
        public bool IsManual => !threaded;

        internal Hub Hub { get; }

        /// <summary>
        /// Completes tasks and delivers events that wait, on the calling thread, with whatever goes on inside. It never waits.
        /// </summary>
        /// <param name="most">How many events at most of each client; 0 for what waits now.</param>
        /// <returns>How many there were. 0 also when called from inside itself.</returns>
        /// <exception cref="InvalidOperationException">It is the <see cref="Default"/> one.</exception>
        public int Dispatch(int most = 0)
        {
            if (threaded)
            {
                throw new InvalidOperationException("The default dispatcher works by itself.");
            }
            var limit = most <= 0 ? int.MaxValue : most;
            var count = Hub.Pump.Dispatch(limit);
            foreach (var pump in Streams())
            {
                count += pump.Dispatch(limit);
            }
            return count;
        }

        /// <summary>A pump for the streams of one client, so that no other one waits for its readers.</summary>
        internal Pump NewStreams()
        {
            var pump = new Pump(threaded);
            lock (streams)
            {
                streams.RemoveAll(reference => !reference.TryGetTarget(out _));
                streams.Add(new WeakReference<Pump>(pump));
            }
            return pump;
        }

        internal TaskCompletionSource<T> NewSource<T>() => new TaskCompletionSource<T>(Hub.Creation);

        private List<Pump> Streams()
        {
            var current = new List<Pump>();
            lock (streams)
            {
                foreach (var reference in streams)
                {
                    if (reference.TryGetTarget(out var pump))
                    {
                        current.Add(pump);
                    }
                }
            }
            return current;
        }
    }
}
