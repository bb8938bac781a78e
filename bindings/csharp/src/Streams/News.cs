// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Streams
{
    /// <summary>What happened to a connection; of what nobody takes, the newest.</summary>
    internal sealed class News
    {
        private const int Most = 64;
        private readonly Inbox<PieConnectionEvent> inbox;

        internal News(TaskCreationOptions creation) => inbox = new Inbox<PieConnectionEvent>(creation, _ => { });

        /// <summary>Tells whether it was the last one.</summary>
        internal bool Add(ref EventData data)
        {
            var failure = data.Status < 0 ? data.Failure : null;
            inbox.Put(new PieConnectionEvent(data.Sequence, failure, data.Current, data.Total));
            inbox.Trim(Most);
            var isLast = data.Status == (int)PieStatus.Closed;
            if (isLast)
            {
                inbox.End();
            }
            return isLast;
        }

        internal void End() => inbox.End();

        internal bool TryTake(out PieConnectionEvent taken) => inbox.TryTake(out taken);

        internal Task<PieConnectionEvent> TakeAsync(long timeoutMs, CancellationToken token) =>
            inbox.TakeAsync(timeoutMs, token);
    }
}
