// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading;
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
using System.Collections.Generic;
#endif

namespace Pie
{
    /// <summary>
    /// The events of a process for <c>await foreach</c>, which takes it as it is from C# 8 on; it is an IAsyncEnumerable
    /// where there is one. Older C#: <c>while (await events.MoveNextAsync()) … events.Current</c>.
    /// </summary>
    public sealed class PieEventSequence
#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        : IAsyncEnumerable<PieEvent>
#endif
    {
        private readonly PieProcess process;
        private readonly CancellationToken token;

        internal PieEventSequence(PieProcess process, CancellationToken token)
        {
            this.process = process;
            this.token = token;
        }

        /// <summary>Begins to take events.</summary>
        /// <param name="cancellationToken">Ends the wait for an event, as that of the sequence does.</param>
        /// <returns>What takes them.</returns>
        public PieEventEnumerator GetAsyncEnumerator(CancellationToken cancellationToken = default(CancellationToken)) =>
            new PieEventEnumerator(process, token, cancellationToken);

#if PIE_ASYNC_STREAMS || UNITY_2021_2_OR_NEWER
        IAsyncEnumerator<PieEvent> IAsyncEnumerable<PieEvent>.GetAsyncEnumerator(CancellationToken cancellationToken) =>
            GetAsyncEnumerator(cancellationToken);
#endif
    }
}
