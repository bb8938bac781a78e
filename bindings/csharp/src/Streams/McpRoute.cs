// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>Has a function answer the requests of an MCP server within the host.</summary>
    internal sealed class McpRoute : Route
    {
        private readonly Func<PieMcpRequest, CancellationToken, Task<string>> handler;
        private readonly CancellationTokenSource end = new CancellationTokenSource();
        private readonly bool threaded;

        internal McpRoute(Func<PieMcpRequest, CancellationToken, Task<string>> handler, bool threaded)
        {
            this.handler = handler;
            this.threaded = threaded;
        }

        internal override Delivery Deliver(ref EventData data)
        {
            if (data.Kind != Kinds.McpRequest)
            {
                return Delivery.Done;
            }
            var request = new PieMcpRequest(data.Name, data.Text, data.ProcessId);
            var open = new EventHandle(data.Pointer);
            Start(() => Answer(request, open));
            return Delivery.Kept;
        }

        internal override void Abort()
        {
            try
            {
                end.Cancel();
            }
            catch (AggregateException)
            {
                // What handlers do about it is theirs; this may be a finalizer.
            }
        }

        private Task Start(Func<Task> answer) => threaded ? Task.Run(answer) : answer();

        private async Task Answer(PieMcpRequest request, EventHandle open)
        {
            using (open)
            {
                try
                {
                    var result = await handler(request, end.Token).ConfigureAwait(!threaded);
                    Respond(open, 1, result ?? "null");
                }
                catch (Exception exception)
                {
                    Respond(open, 0, JsonText.Error(exception));
                }
            }
        }

        private static void Respond(EventHandle open, int ok, string json)
        {
            var status = Native.pie_event_mcp_respond(open, ok, Utf8.Required(json, "json"), out var error);
            if (status == (int)PieStatus.InvalidArgument || status == (int)PieStatus.TooLarge)
            {
                throw Errors.Take(status, error);
            }
            // Otherwise nobody waits for the answer any more.
            Native.pie_error_free(error);
        }
    }
}
