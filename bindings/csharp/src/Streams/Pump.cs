// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>
    /// Takes the events of one queue and hands them out by their tags: on a thread of its own, which lives while there
    /// is something to wait for, or inside <see cref="Dispatch"/>.
    /// </summary>
    /// <remarks>
    /// The C library calls nothing here. Its threads block all signals, and a runtime that stops threads by signals for its
    /// garbage collector (Mono, Unity) must not have such threads among its own.
    /// </remarks>
    internal sealed class Pump
    {
        private const int BatchSize = 256;
        private const int MostBatches = 64;
        private const long LingerMs = 1000;

        private readonly object gate = new object();
        private readonly Dictionary<ulong, Route> routes = new Dictionary<ulong, Route>();
        private readonly IntPtr[] batch = new IntPtr[BatchSize];
        private readonly bool threaded;
        private Thread thread;
        private bool isDead;
        private bool isDispatching;
        private long changes;
        private int next;
        private int count;

        internal Pump(bool threaded)
        {
            var pointer = Native.pie_queue_new();
            if (pointer == IntPtr.Zero)
            {
                throw Errors.NoMemory();
            }
            Queue = new QueueHandle(pointer);
            this.threaded = threaded;
            Pumps.Add(this);
        }

        internal QueueHandle Queue { get; }

        internal bool IsDead
        {
            get
            {
                lock (gate)
                {
                    return isDead;
                }
            }
        }

        /// <summary>Whether its queue still works: whoever shares the C library may have shut it down.</summary>
        internal bool IsAlive()
        {
            var status = Native.pie_queue_clear_callback(Queue, 0, out var error);
            Native.pie_error_free(error);
            return status != (int)PieStatus.Closed && !IsDead;
        }

        internal void Add(ulong tag, Route route)
        {
            lock (gate)
            {
                if (isDead)
                {
                    throw Errors.Closed();
                }
                routes[tag] = route;
                if (threaded && thread == null)
                {
                    Start();
                }
            }
        }

        /// <summary>Events of this tag that come later are freed.</summary>
        internal void Remove(ulong tag)
        {
            bool isIdle;
            lock (gate)
            {
                isIdle = routes.Remove(tag) && routes.Count == 0;
                Change();
            }
            if (isIdle && threaded && !Queue.IsClosed)
            {
                Native.pie_queue_interrupt(Queue);
            }
        }

        /// <summary>Tells that there may be room for what was blocked.</summary>
        internal void TellRoom()
        {
            lock (gate)
            {
                Change();
            }
        }

        /// <summary>Delivers what waits, up to a number of events, on the calling thread; returns how many.</summary>
        internal int Dispatch(int most)
        {
            lock (gate)
            {
                if (isDispatching || isDead)
                {
                    return 0;
                }
                isDispatching = true;
            }
            try
            {
                return DispatchBatches(most);
            }
            finally
            {
                if (EndDispatch())
                {
                    Drop();
                }
            }
        }

        /// <summary>After the library was shut down: ends what still waits for events.</summary>
        internal void Abort()
        {
            Route[] open;
            bool isUnused;
            lock (gate)
            {
                if (isDead)
                {
                    return;
                }
                isDead = true;
                isUnused = thread == null && !isDispatching;
                open = routes.Values.ToArray();
                routes.Clear();
                Change();
            }
            foreach (var route in open)
            {
                route.Abort();
            }
            if (isUnused)
            {
                Drop();
            }
        }

        /// <summary>Waits for the thread to end; it must have been told to.</summary>
        internal bool Join(TimeSpan limit)
        {
            Thread running;
            lock (gate)
            {
                running = thread;
            }
            return running == null || running == Thread.CurrentThread || running.Join(limit);
        }

        private bool EndDispatch()
        {
            lock (gate)
            {
                isDispatching = false;
                return isDead;
            }
        }

        private void Change()
        {
            changes++;
            Monitor.PulseAll(gate);
        }

        private void Start()
        {
            thread = new Thread(Run) { IsBackground = true, Name = "pie-events" };
            thread.Start();
        }

        private void Run()
        {
            while (Take(IsIdle() ? LingerMs : Kinds.Forever))
            {
                while (next < count && !IsDead)
                {
                    var seen = Seen();
                    if (!DeliverNext())
                    {
                        WaitForChange(seen);
                    }
                }
            }
            if (IsDead)
            {
                Drop();
            }
        }

        private bool IsIdle()
        {
            lock (gate)
            {
                return routes.Count == 0;
            }
        }

        private long Seen()
        {
            lock (gate)
            {
                return changes;
            }
        }

        private void WaitForChange(long seen)
        {
            lock (gate)
            {
                while (changes == seen && !isDead)
                {
                    Monitor.Wait(gate);
                }
            }
        }

        /// <summary>Fills the batch; false when the thread is to end.</summary>
        private bool Take(long timeoutMs)
        {
            var status = Receive(timeoutMs);
            if (status < 0)
            {
                Abort();
                return false;
            }
            return status != (int)PieStatus.Empty || !EndsIdle();
        }

        private bool EndsIdle()
        {
            lock (gate)
            {
                if (routes.Count > 0 && !isDead)
                {
                    return false;
                }
                thread = null;
                return true;
            }
        }

        private int Receive(long timeoutMs)
        {
            next = 0;
            var status = Native.pie_queue_recv_batch(
                Queue, timeoutMs, batch, new UIntPtr(BatchSize), out var taken, out var error);
            count = (int)taken.ToUInt32();
            Native.pie_error_free(error);
            return status;
        }

        private int DispatchBatches(int most)
        {
            var delivered = 0;
            for (var batches = 0; batches < MostBatches; batches++)
            {
                if (next == count && Receive(0) != (int)PieStatus.Ok)
                {
                    return delivered;
                }
                var isFull = count == BatchSize;
                while (next < count)
                {
                    if (delivered == most || !DeliverNext())
                    {
                        return delivered;
                    }
                    delivered++;
                }
                if (!isFull)
                {
                    return delivered;
                }
            }
            return delivered;
        }

        /// <summary>Delivers one event; false where there is no room for it.</summary>
        private bool DeliverNext()
        {
            var pointer = batch[next];
            var delivery = Deliver(pointer);
            if (delivery == Delivery.Blocked)
            {
                return false;
            }
            batch[next++] = IntPtr.Zero;
            if (delivery != Delivery.Kept)
            {
                Native.pie_event_free(pointer);
            }
            return true;
        }

        private Delivery Deliver(IntPtr pointer)
        {
            var data = new EventData(pointer);
            Route route;
            lock (gate)
            {
                if (!routes.TryGetValue(data.Tag, out route))
                {
                    return Delivery.Done;
                }
            }
            var delivery = route.Deliver(ref data);
            if (delivery == Delivery.Last)
            {
                lock (gate)
                {
                    routes.Remove(data.Tag);
                }
            }
            return delivery;
        }

        private void Drop()
        {
            Native.pie_events_free(batch, new UIntPtr(BatchSize));
            next = count = 0;
        }
    }
}
