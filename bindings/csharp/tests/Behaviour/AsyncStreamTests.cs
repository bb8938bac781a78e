// SPDX-License-Identifier: Apache-2.0 OR MIT
#if PIE_ASYNC_STREAMS
using System;
using System.Collections.Generic;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>The interfaces of .NET Standard 2.1.</summary>
    internal static class AsyncStreamTests
    {
        [Test("0.4", "0.5")]
        internal static async Task EventsAreAnAsyncEnumerable(string uri)
        {
            IAsyncDisposable owner = await Setup.Client(uri);
            using (var process = await Setup.Launch((PieClient)owner, "[\"sendn\",3],[\"return\",\"end\"]"))
            {
                IAsyncEnumerable<PieEvent> sequence = process.ReadEventsAsync();
                IAsyncEnumerator<PieEvent> events = sequence.GetAsyncEnumerator();
                var count = 0;
                while (await events.MoveNextAsync())
                {
                    count++;
                }
                await events.DisposeAsync();
                Check.Same(4, count);
            }
            await owner.DisposeAsync();
            await Check.Throws<ObjectDisposedException>(() => ((PieClient)owner).PingAsync());
        }
    }
}
#endif
