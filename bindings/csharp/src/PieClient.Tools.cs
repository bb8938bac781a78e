// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;
using System.Threading;
using System.Threading.Tasks;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <content>MCP servers, which inferlets use through this client. Engines 0.4 only.</content>
    public sealed partial class PieClient
    {
        /// <summary>Offers the engine's processes a function as an MCP server.</summary>
        /// <param name="name">What inferlets call it.</param>
        /// <param name="handler">
        /// Takes method and params (JSON text) of a request, and gives the result as JSON text (null for null). It runs on the
        /// thread pool, for several requests at once, or inside <see cref="Dispatch"/> of a manual dispatcher. Its token is
        /// cancelled when the server is unregistered or the client closed. What it throws is the error that the inferlet gets:
        /// <see cref="PieMcpException"/> has a code, of others the message is told.
        /// </param>
        /// <param name="timeout">For the engine's answer.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when it is registered.</returns>
        /// <exception cref="PieException">InvalidState: the name is in use. Unsupported: the generation has no MCP.</exception>
        public Task RegisterMcpHandlerAsync(
            string name,
            Func<string, string, CancellationToken, Task<string>> handler,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (handler == null)
            {
                throw new ArgumentNullException(nameof(handler));
            }
            return RegisterMcpHandlerAsync(
                name, (request, token) => handler(request.Method, request.ParamsJson, token), timeout, cancellationToken);
        }

        /// <summary>The same with a function that also learns which process asks.</summary>
        /// <param name="name">What inferlets call it.</param>
        /// <param name="handler">See there.</param>
        /// <param name="timeout">For the engine's answer.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when it is registered.</returns>
        /// <exception cref="PieException">InvalidState: the name is in use. Unsupported: the generation has no MCP.</exception>
        public async Task RegisterMcpHandlerAsync(
            string name,
            Func<PieMcpRequest, CancellationToken, Task<string>> handler,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (handler == null)
            {
                throw new ArgumentNullException(nameof(handler));
            }
            var text = Utf8.Required(name, nameof(name));
            var limit = Limits.Milliseconds(timeout);
            cancellationToken.ThrowIfCancellationRequested();
            var requestsTag = Pumps.Tags();
            var route = new McpRoute(handler, Hub.IsThreaded);
            streams.Add(requestsTag, route);
            try
            {
                await Hub.Call(
                    (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                        Native.pie_client_register_mcp_handler_async(
                            handle, text, streams.Queue, requestsTag, limit, queue, tag, out op, out error),
                    cancellationToken).ConfigureAwait(dispatcher.IsManual);
            }
            catch
            {
                streams.Remove(requestsTag);
                throw;
            }
            handlers.Note(name, requestsTag, route);
        }

        /// <summary>Starts a program that is an MCP server, and offers it to the engine's processes.</summary>
        /// <param name="name">What inferlets call it.</param>
        /// <param name="server">The program. It ends with the client.</param>
        /// <param name="timeout">For all of it.</param>
        /// <param name="cancellationToken">Ends the wait.</param>
        /// <returns>Completes when it is registered.</returns>
        /// <exception cref="PieException">Mcp: it cannot be started, or does not speak. InvalidState, Unsupported …</exception>
        public Task RegisterMcpServerAsync(
            string name,
            PieMcpServer server,
            TimeSpan? timeout = null,
            CancellationToken cancellationToken = default(CancellationToken))
        {
            if (server == null)
            {
                throw new ArgumentNullException(nameof(server));
            }
            var text = Utf8.Required(name, nameof(name));
            var limit = Limits.Milliseconds(timeout);
            return Hub.Call(
                (QueueHandle queue, ulong tag, out OpHandle op, out IntPtr error) =>
                {
                    using (var texts = new NativeTexts())
                    {
                        var native = ToNative(server, texts);
                        return Native.pie_client_register_mcp_server_async(
                            handle, text, ref native, limit, queue, tag, out op, out error);
                    }
                },
                cancellationToken);
        }

        /// <summary>Offers an MCP server of either kind no longer. Requests under way are answered with an error.</summary>
        /// <param name="name">Its name.</param>
        /// <exception cref="PieException">InvalidState: no such server is registered.</exception>
        public void UnregisterMcpServer(string name)
        {
            var text = Utf8.Required(name, nameof(name));
            Errors.Check(Native.pie_client_unregister_mcp_server(handle, text, out var error), error);
            handlers.End(name);
        }

        private static McpServer ToNative(PieMcpServer server, NativeTexts texts) => new McpServer
        {
            StructSize = (uint)Marshal.SizeOf(typeof(McpServer)),
            Transport = texts.Add(server.Transport, nameof(server.Transport)),
            Command = texts.Add(server.Command, nameof(server.Command)),
            Args = texts.AddArray(server.Arguments, nameof(server.Arguments)),
            ArgCount = Size(server.Arguments),
            Url = texts.Add(server.Url, nameof(server.Url)),
            Env = texts.AddArray(server.Environment, nameof(server.Environment)),
            EnvCount = Size(server.Environment),
            WorkingDirectory = texts.Add(server.WorkingDirectory, nameof(server.WorkingDirectory)),
        };
    }
}
