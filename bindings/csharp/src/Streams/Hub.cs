// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>Begins asynchronous calls, and completes their tasks.</summary>
    internal sealed class Hub
    {
        internal Hub(bool threaded)
        {
            Pump = new Pump(threaded);
            Creation = threaded ? TaskCreationOptions.RunContinuationsAsynchronously : TaskCreationOptions.None;
        }

        internal Pump Pump { get; }

        internal TaskCreationOptions Creation { get; }

        internal bool IsThreaded => Creation == TaskCreationOptions.RunContinuationsAsynchronously;

        /// <summary>Begins a call that bears nothing.</summary>
        internal Task Call(Begin begin, CancellationToken token, IProgress<PieProgress> progress = null) =>
            Call(begin, Nothing, token, progress);

        /// <summary>Begins a call. A failure on the spot comes by the task too.</summary>
        internal Task<T> Call<T>(
            Begin begin, ReadResult<T> read, CancellationToken token, IProgress<PieProgress> progress = null)
        {
            var operation = new Operation<T>(Creation, read, progress, token);
            return Start(begin, operation, operation);
        }

        /// <summary>Begins a call whose events take another route to its operation.</summary>
        internal Task<T> Start<T>(Begin begin, Route route, Operation<T> operation)
        {
            try
            {
                if (!operation.IsCancelled)
                {
                    operation.Began(StartNow(begin, route));
                }
            }
            catch (PieException failure)
            {
                operation.Fail(failure);
            }
            return operation.Task;
        }

        private OpHandle StartNow(Begin begin, Route route)
        {
            var tag = Pumps.Tags();
            Pump.Add(tag, route);
            OpHandle op = null;
            try
            {
                Errors.Check(begin(Pump.Queue, tag, out op, out var error), error);
            }
            catch
            {
                Pump.Remove(tag);
                op?.Dispose();
                throw;
            }
            return op;
        }

        private static bool Nothing(ref EventData data) => true;
    }
}
