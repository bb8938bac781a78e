// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>One way to name what is a Task or, where there is one, a ValueTask.</summary>
    internal static class Tasks
    {
        internal static Task<T> AsTaskOf<T>(this Task<T> task) => task;
#if PIE_ASYNC_STREAMS

        internal static Task<T> AsTaskOf<T>(this ValueTask<T> task) => task.AsTask();
#endif
    }
}
