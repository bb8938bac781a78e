// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>Begins an asynchronous call of the C library.</summary>
    internal delegate int Begin(QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error);

    /// <summary>Reads what the DONE event of a call bears.</summary>
    internal delegate T ReadResult<T>(ref EventData data);

    /// <summary>An asynchronous call under way.</summary>
    internal sealed class Operation<T> : Route
    {
        private readonly object gate = new object();
        private readonly TaskCompletionSource<T> completion;
        private readonly ReadResult<T> read;
        private readonly IProgress<PieProgress> progress;
        private readonly CancellationToken token;
        private CancellationTokenRegistration registration;
        private OpHandle op;
        private Exception broken;
        private bool isOver;

        internal Operation(
            TaskCreationOptions creation, ReadResult<T> read, IProgress<PieProgress> progress, CancellationToken token)
        {
            completion = new TaskCompletionSource<T>(creation);
            this.read = read;
            this.progress = progress;
            this.token = token;
        }

        internal Task<T> Task => completion.Task;

        /// <summary>Whether the token was cancelled before the call began; the task is then, too.</summary>
        internal bool IsCancelled => token.IsCancellationRequested && completion.TrySetCanceled(token);

        /// <summary>The call has begun, and may have ended already.</summary>
        internal void Began(OpHandle handle)
        {
            var onCancel = token.CanBeCanceled
                ? token.Register(() => Cancel(handle))
                : default(CancellationTokenRegistration);
            lock (gate)
            {
                op = handle;
                registration = onCancel;
                if (!isOver)
                {
                    return;
                }
            }
            Release();
        }

        internal void Fail(PieException failure) => completion.TrySetException(failure);

        internal override Delivery Deliver(ref EventData data)
        {
            if (data.Kind == Kinds.Progress)
            {
                Report(new PieProgress(data.Current, data.Total));
                return Delivery.Done;
            }
            if (data.Kind == Kinds.Done)
            {
                Finish(ref data);
                return Delivery.Last;
            }
            return Delivery.Done;
        }

        internal override void Abort()
        {
            End();
            completion.TrySetException(Errors.Closed());
        }

        private static void Cancel(OpHandle handle)
        {
            try
            {
                Native.pie_op_cancel(handle);
            }
            catch (ObjectDisposedException)
            {
                // It has ended just now.
            }
        }

        private void Report(PieProgress value)
        {
            try
            {
                progress?.Report(value);
            }
            catch (Exception exception)
            {
                broken = exception;
                StopBroken();
            }
        }

        private void StopBroken()
        {
            lock (gate)
            {
                if (op != null)
                {
                    Cancel(op);
                }
            }
        }

        private void Finish(ref EventData data)
        {
            End();
            if (broken != null)
            {
                completion.TrySetException(broken);
            }
            else if (data.Status == (int)PieStatus.Cancelled && token.IsCancellationRequested)
            {
                completion.TrySetCanceled(token);
            }
            else if (data.Status < 0)
            {
                completion.TrySetException(data.Failure);
            }
            else
            {
                Complete(ref data);
            }
        }

        private void Complete(ref EventData data)
        {
            try
            {
                completion.TrySetResult(read(ref data));
            }
            catch (PieException exception)
            {
                completion.TrySetException(exception);
            }
            catch (OutOfMemoryException)
            {
                completion.TrySetException(Errors.NoMemory());
            }
        }

        private void End()
        {
            lock (gate)
            {
                isOver = true;
                if (op == null)
                {
                    return;
                }
            }
            Release();
        }

        private void Release()
        {
            registration.Dispose();
            op.Dispose();
        }
    }
}
