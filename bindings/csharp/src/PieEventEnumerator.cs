// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading;
using System.Threading.Tasks;
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
using System.Collections.Generic;
#endif

namespace Pie
{
    /// <summary>Takes the events of a process, one after the other.</summary>
    public sealed class PieEventEnumerator
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        : IAsyncEnumerator<PieEvent>
#endif
    {
        private readonly PieProcess process;
        private readonly CancellationToken token;
        private readonly CancellationTokenSource both;

        internal PieEventEnumerator(PieProcess process, CancellationToken first, CancellationToken second)
        {
            this.process = process;
            if (first.CanBeCanceled && second.CanBeCanceled)
            {
                both = CancellationTokenSource.CreateLinkedTokenSource(first, second);
                token = both.Token;
                return;
            }
            token = first.CanBeCanceled ? first : second;
        }

        /// <summary>The event.</summary>
        public PieEvent Current { get; private set; }

        /// <summary>Waits for the next event.</summary>
        /// <returns>false after the last one.</returns>
        /// <exception cref="PieException">The process failed or is out of reach.</exception>
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        public ValueTask<bool> MoveNextAsync() => new ValueTask<bool>(Move());
#else
        public Task<bool> MoveNextAsync() => Move();
#endif

        /// <summary>Ends the taking; events that were not taken stay.</summary>
        /// <returns>Completes at once.</returns>
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        public ValueTask DisposeAsync()
        {
            both?.Dispose();
            return default(ValueTask);
        }
#else
        public Task DisposeAsync()
        {
            both?.Dispose();
            return Task.FromResult(true);
        }
#endif

        private async Task<bool> Move()
        {
            Current = await process.ReceiveAsync(null, token).ConfigureAwait(process.KeepsContext);
            return Current is PieFailedEvent failed ? throw failed.Failure : Current != null;
        }
    }
}
