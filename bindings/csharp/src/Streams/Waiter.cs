// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Streams
{
    /// <summary>Somebody who waits for an item, until his time is up or his token is cancelled.</summary>
    internal sealed class Waiter<T>
    {
        private readonly TaskCompletionSource<T> completion;
        private readonly object gate = new object();
        private CancellationTokenRegistration registration;
        private Timer timer;
        private bool isOver;

        internal Waiter(TaskCreationOptions creation)
        {
            completion = new TaskCompletionSource<T>(creation);
            Place = new LinkedListNode<Waiter<T>>(this);
        }

        /// <summary>Whoever takes it out of the list may complete the waiter, and nobody else.</summary>
        internal LinkedListNode<Waiter<T>> Place { get; }

        internal Task<T> Task => completion.Task;

        internal void Complete(T item)
        {
            Disarm();
            completion.TrySetResult(item);
        }

        internal void Fail(Exception exception)
        {
            Disarm();
            completion.TrySetException(exception);
        }

        /// <param name="timeoutMs">Negative: no limit.</param>
        /// <param name="token">What else ends the wait.</param>
        /// <param name="giveUp">Takes the waiter out of the list; false where somebody else has.</param>
        internal void Arm(long timeoutMs, CancellationToken token, Func<Waiter<T>, bool> giveUp)
        {
            var limit = timeoutMs < 0 ? null : new Timer(_ => TimeIsUp(giveUp), null, Timeout.Infinite, Timeout.Infinite);
            var onCancel = token.CanBeCanceled ? token.Register(() => Cancel(token, giveUp)) : default(CancellationTokenRegistration);
            lock (gate)
            {
                if (!isOver)
                {
                    timer = limit;
                    registration = onCancel;
                    limit?.Change(Math.Min(timeoutMs, Limits.LongestTimerMs), Timeout.Infinite);
                    return;
                }
            }
            limit?.Dispose();
            onCancel.Dispose();
        }

        private void TimeIsUp(Func<Waiter<T>, bool> giveUp)
        {
            if (giveUp(this))
            {
                Fail(Limits.TimedOut());
            }
        }

        private void Cancel(CancellationToken token, Func<Waiter<T>, bool> giveUp)
        {
            if (giveUp(this))
            {
                Disarm();
                completion.TrySetCanceled(token);
            }
        }

        private void Disarm()
        {
            lock (gate)
            {
                isOver = true;
            }
            timer?.Dispose();
            registration.Dispose();
        }
    }
}
