// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Linq;

namespace Pie.Conformance
{
    /// <summary>The clients and processes of a scenario.</summary>
    internal sealed class World : IDisposable
    {
        internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

        private readonly Dictionary<string, PieClient> clients = new Dictionary<string, PieClient>();
        private readonly Dictionary<string, PieProcess> processes = new Dictionary<string, PieProcess>();
        private readonly Dictionary<string, string> ids = new Dictionary<string, string>();

        /// <summary>The name of the current client.</summary>
        internal string Current { get; set; } = "a";

        internal PieClient Client
        {
            get => clients[Current];
            set => clients[Current] = value;
        }

        public void Dispose()
        {
            foreach (var owned in processes.Values.Cast<IDisposable>().Concat(clients.Values))
            {
                owned.Dispose();
            }
        }

        internal static string Environment(string name) =>
            System.Environment.GetEnvironmentVariable(name) ?? throw new Mismatch(name + " is not set");

        internal PieProcess Process(string name) => processes[name];

        internal string Id(string name) => ids[name];

        /// <summary>A process of which only the id is known.</summary>
        internal void AddId(string name, string id) => ids[name] = id;

        internal void Add(string name, PieProcess process)
        {
            processes[name] = process;
            ids[name] = process.Id;
        }

        internal void LetGo(string name)
        {
            processes[name].Dispose();
            processes.Remove(name);
        }
    }
}
