// SPDX-License-Identifier: Apache-2.0 OR MIT
#if !PIE_ASYNC_STREAMS
using System;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>Application domains that come and go, as Unity's do whenever scripts change. Only Mono and the .NET Framework have them.</summary>
    internal static class DomainTests
    {
        [Test("0.4", "0.5")]
        internal static async Task TwentyDomainsAreUnloaded(string uri)
        {
            for (var i = 0; i < 20; i++)
            {
                var domain = AppDomain.CreateDomain("scripts " + i, null, AppDomain.CurrentDomain.SetupInformation);
                var guest = (Guest)domain.CreateInstanceAndUnwrap(typeof(Guest).Assembly.FullName, typeof(Guest).FullName);
                guest.Work(uri);
                AppDomain.Unload(domain);
                Check.Same("", string.Join(" ", Setup.Threads()));
            }
            using (var client = await Setup.Client(uri))
            {
                await client.PingAsync();
            }
        }

        /// <summary>Leaves everything open.</summary>
        private sealed class Guest : MarshalByRefObject
        {
            private PieClient client;
            private PieProcess process;
            private Task<PieEvent> waiting;

            internal void Begin(string uri)
            {
                client = Setup.Client(uri).GetAwaiter().GetResult();
                process = Setup.Launch(client, "[\"send\",\"one\"],[\"recv\",0]").GetAwaiter().GetResult();
                Check.Message(process, "one").GetAwaiter().GetResult();
                waiting = process.ReceiveAsync();
            }

            public void Work(string uri)
            {
                PieLibrary.SetLog(PieLogLevel.Trace, (level, target, text) => GC.KeepAlive(text));
                Begin(uri);
                Check.That(!waiting.IsCompleted, "it goes on when the domain is unloaded");
            }
        }
    }
}
#endif
