// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>What a process has said and nobody has taken, bounded as a queue of the C library is.</summary>
    internal sealed class StreamBuffer : Route
    {
        private const int LeastCost = 32;

        private readonly object producer = new object();
        private readonly Inbox<Entry> inbox;
        private readonly TaskCompletionSource<PieEvent> end;
        private readonly Pump pump;
        private readonly long mostBytes;
        private readonly bool pauses;
        private readonly bool keepsContext;
        private long bytes;
        private int askedForResult;
        private int isBlocked;
        private volatile bool isReceived;
        private bool isOver;
        private Gap gap;

        internal StreamBuffer(Pump pump, StreamRules rules)
        {
            this.pump = pump;
            mostBytes = rules.MostBytes;
            pauses = rules.Pauses;
            keepsContext = rules.KeepsContext;
            inbox = new Inbox<Entry>(rules.Creation, Taken);
            end = new TaskCompletionSource<PieEvent>(rules.Creation);
        }

        /// <summary>The last event, once it is there.</summary>
        internal Task<PieEvent> End => end.Task;

        internal bool IsFinished => inbox.IsFinished;

        internal bool TryTake(out PieEvent taken)
        {
            isReceived = true;
            var isThere = inbox.TryTake(out var entry);
            taken = entry?.Event;
            return isThere;
        }

        internal async Task<PieEvent> TakeAsync(long timeoutMs, CancellationToken token)
        {
            isReceived = true;
            var entry = await inbox.TakeAsync(timeoutMs, token).ConfigureAwait(keepsContext);
            return entry?.Event;
        }

        /// <summary>While somebody asks for the result, events that nobody has begun to take pause nothing.</summary>
        internal void BeginResult()
        {
            Interlocked.Increment(ref askedForResult);
            pump.TellRoom();
        }

        internal void EndResult() => Interlocked.Decrement(ref askedForResult);

        internal void Dispose(Exception reason) => inbox.Fail(reason);

        internal override Delivery Deliver(ref EventData data)
        {
            lock (producer)
            {
                return isOver ? Delivery.Last : Sort(ref data);
            }
        }

        internal override void Abort()
        {
            lock (producer)
            {
                if (!isOver)
                {
                    Finish(new PieFailedEvent(-1, Errors.Closed()));
                }
            }
        }

        private Delivery Sort(ref EventData data)
        {
            switch (data.Kind)
            {
                case Kinds.Overflow:
                    gap.Add(data.Sequence, data.Current, data.Total);
                    return Delivery.Done;
                case Kinds.Return:
                case Kinds.Error:
                    Finish(ReadLast(ref data));
                    return Delivery.Last;
                default:
                    return Offer(ref data);
            }
        }

        private Delivery Offer(ref EventData data)
        {
            var cost = Math.Max(LeastCost, data.Size);
            if (!HasRoom(cost) && !MayPause)
            {
                gap.Add(data.Sequence, 1, data.Size);
                return Delivery.Done;
            }
            if (!HasRoom(cost) && IsFullAfterAll(cost))
            {
                return Delivery.Blocked;
            }
            Copy(ref data, cost);
            return Delivery.Done;
        }

        /// <summary>What there is no memory for is dropped, and told of as such.</summary>
        private void Copy(ref EventData data, long cost)
        {
            PieEvent copy;
            try
            {
                copy = EventReader.Read(ref data);
            }
            catch (OutOfMemoryException)
            {
                gap.Add(data.Sequence, 1, data.Size);
                return;
            }
            if (copy != null)
            {
                TellGap();
                Put(copy, cost);
            }
        }

        private static PieEvent ReadLast(ref EventData data)
        {
            try
            {
                return EventReader.Read(ref data);
            }
            catch (OutOfMemoryException)
            {
                return new PieFailedEvent(data.Sequence, Errors.NoMemory());
            }
        }

        private bool MayPause => pauses && (isReceived || Volatile.Read(ref askedForResult) == 0);

        private bool HasRoom(long cost)
        {
            var used = Interlocked.Read(ref bytes);
            return used == 0 || used + cost <= mostBytes;
        }

        /// <summary>Announces the wait before the second look, so that no take in between goes untold.</summary>
        private bool IsFullAfterAll(long cost)
        {
            Interlocked.Exchange(ref isBlocked, 1);
            return !HasRoom(cost);
        }

        private void Finish(PieEvent last)
        {
            isOver = true;
            TellGap();
            Put(last, 0);
            inbox.End();
            end.TrySetResult(last);
        }

        private void TellGap()
        {
            if (gap.Count > 0)
            {
                Put(new PieOverflowEvent(gap.First, gap.Count, gap.Bytes), 0);
                gap = default(Gap);
            }
        }

        private void Put(PieEvent item, long cost)
        {
            Interlocked.Add(ref bytes, cost);
            inbox.Put(new Entry(item, cost));
        }

        private void Taken(Entry entry)
        {
            Interlocked.Add(ref bytes, -entry.Cost);
            if (Interlocked.Exchange(ref isBlocked, 0) == 1)
            {
                pump.TellRoom();
            }
        }

        private sealed class Entry
        {
            internal readonly PieEvent Event;
            internal readonly long Cost;

            internal Entry(PieEvent item, long cost)
            {
                Event = item;
                Cost = cost;
            }
        }

        private struct Gap
        {
            internal long First;
            internal long Count;
            internal long Bytes;

            internal void Add(long sequence, long count, long size)
            {
                First = Count == 0 ? sequence : First;
                Count += count;
                Bytes += size;
            }
        }
    }
}
