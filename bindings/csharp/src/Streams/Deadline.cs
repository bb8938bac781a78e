// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Streams
{
    /// <summary>Waits for a task of somebody else's.</summary>
    internal static class Deadline
    {
        internal static async Task<T> Wait<T>(Task<T> task, long timeoutMs, CancellationToken token, bool keepsContext)
        {
            token.ThrowIfCancellationRequested();
            if (!task.IsCompleted)
            {
                using (var end = CancellationTokenSource.CreateLinkedTokenSource(token))
                {
                    var limit = Task.Delay(timeoutMs > int.MaxValue ? int.MaxValue : (int)timeoutMs, end.Token);
                    var first = await Task.WhenAny(task, limit).ConfigureAwait(keepsContext);
                    end.Cancel();
                    token.ThrowIfCancellationRequested();
                    return first == task ? await task.ConfigureAwait(keepsContext) : throw Limits.TimedOut();
                }
            }
            return await task.ConfigureAwait(keepsContext);
        }
    }
}
