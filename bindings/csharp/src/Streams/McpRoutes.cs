// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Collections.Generic;

namespace Pie.Streams
{
    /// <summary>The MCP handlers of a client, by their names.</summary>
    internal sealed class McpRoutes
    {
        private readonly Dictionary<string, KeyValuePair<ulong, McpRoute>> byName =
            new Dictionary<string, KeyValuePair<ulong, McpRoute>>();

        private readonly Pump pump;

        internal McpRoutes(Pump pump) => this.pump = pump;

        /// <summary>Notes a handler that is registered, in place of one that is no more.</summary>
        internal void Note(string name, ulong tag, McpRoute route)
        {
            End(name);
            lock (byName)
            {
                byName[name] = new KeyValuePair<ulong, McpRoute>(tag, route);
            }
        }

        internal void End(string name)
        {
            KeyValuePair<ulong, McpRoute> entry;
            lock (byName)
            {
                if (!byName.TryGetValue(name, out entry))
                {
                    return;
                }
                byName.Remove(name);
            }
            pump.Remove(entry.Key);
            entry.Value.Abort();
        }

        internal void EndAll()
        {
            List<string> names;
            lock (byName)
            {
                names = new List<string>(byName.Keys);
            }
            names.ForEach(End);
        }
    }
}
