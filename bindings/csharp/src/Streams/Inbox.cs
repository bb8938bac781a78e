// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Streams
{
    /// <summary>Items in their order, and those who wait for one. Each item comes to one of them.</summary>
    internal sealed class Inbox<T> where T : class
    {
        private readonly object gate = new object();
        private readonly LinkedList<T> items = new LinkedList<T>();
        private readonly LinkedList<Waiter<T>> waiters = new LinkedList<Waiter<T>>();
        private readonly TaskCreationOptions creation;
        private readonly Action<T> taken;
        private bool hasEnded;
        private Exception failure;

        /// <param name="creation">How those who wait go on.</param>
        /// <param name="taken">Called for each item that leaves.</param>
        internal Inbox(TaskCreationOptions creation, Action<T> taken)
        {
            this.creation = creation;
            this.taken = taken;
        }

        /// <summary>Nothing waits, and nothing will come.</summary>
        internal bool IsFinished
        {
            get
            {
                lock (gate)
                {
                    return hasEnded && items.Count == 0;
                }
            }
        }

        internal void Put(T item)
        {
            Waiter<T> waiter;
            lock (gate)
            {
                if (failure != null)
                {
                    return;
                }
                waiter = PopWaiter();
                if (waiter == null)
                {
                    items.AddLast(item);
                    return;
                }
            }
            taken(item);
            waiter.Complete(item);
        }

        /// <summary>Drops the oldest item beyond a number.</summary>
        internal void Trim(int most)
        {
            lock (gate)
            {
                while (items.Count > most)
                {
                    items.RemoveFirst();
                }
            }
        }

        /// <summary>Behind the items that wait there is nothing more: takes give null.</summary>
        internal void End()
        {
            List<Waiter<T>> waiting;
            lock (gate)
            {
                hasEnded = true;
                waiting = PopWaiters();
            }
            waiting.ForEach(waiter => waiter.Complete(null));
        }

        /// <summary>Drops what waits; all takes fail.</summary>
        internal void Fail(Exception exception)
        {
            List<Waiter<T>> waiting;
            lock (gate)
            {
                failure = exception;
                items.Clear();
                waiting = PopWaiters();
            }
            waiting.ForEach(waiter => waiter.Fail(exception));
        }

        internal bool TryTake(out T item)
        {
            lock (gate)
            {
                if (failure != null)
                {
                    throw failure;
                }
                item = items.Count > 0 ? Pop() : null;
            }
            if (item != null)
            {
                taken(item);
            }
            return item != null;
        }

        /// <summary>The next item, or null at the end.</summary>
        internal Task<T> TakeAsync(long timeoutMs, CancellationToken token)
        {
            if (token.IsCancellationRequested)
            {
                return Canceled(token);
            }
            Waiter<T> waiter = null;
            Task<T> now;
            T item;
            lock (gate)
            {
                now = TakeNow(timeoutMs, out item);
                if (now == null)
                {
                    waiter = new Waiter<T>(creation);
                    waiters.AddLast(waiter.Place);
                }
            }
            if (item != null)
            {
                taken(item);
            }
            if (waiter == null)
            {
                return now;
            }
            waiter.Arm(timeoutMs, token, GiveUp);
            return waiter.Task;
        }

        private static Task<T> Canceled(CancellationToken token)
        {
            var source = new TaskCompletionSource<T>();
            source.TrySetCanceled(token);
            return source.Task;
        }

        private static Task<T> Failed(Exception exception)
        {
            var source = new TaskCompletionSource<T>();
            source.SetException(exception);
            return source.Task;
        }

        private Task<T> TakeNow(long timeoutMs, out T item)
        {
            item = null;
            if (failure != null)
            {
                return Failed(failure);
            }
            if (items.Count > 0)
            {
                item = Pop();
                return Task.FromResult(item);
            }
            if (hasEnded)
            {
                return Task.FromResult<T>(null);
            }
            return timeoutMs == 0 ? Failed(Limits.TimedOut()) : null;
        }

        private bool GiveUp(Waiter<T> waiter)
        {
            lock (gate)
            {
                if (waiter.Place.List == null)
                {
                    return false;
                }
                waiters.Remove(waiter.Place);
                return true;
            }
        }

        private T Pop()
        {
            var first = items.First.Value;
            items.RemoveFirst();
            return first;
        }

        private Waiter<T> PopWaiter()
        {
            var first = waiters.First;
            if (first != null)
            {
                waiters.RemoveFirst();
            }
            return first?.Value;
        }

        private List<Waiter<T>> PopWaiters()
        {
            var all = new List<Waiter<T>>(waiters);
            waiters.Clear();
            return all;
        }
    }
}
