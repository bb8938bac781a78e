// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>What an inferlet asks of an MCP server within the host.</summary>
    public sealed class PieMcpRequest
    {
        internal PieMcpRequest(string method, string paramsJson, string processId)
        {
            Method = method;
            ParamsJson = paramsJson;
            ProcessId = processId;
        }

        /// <summary>The method, such as "tools/call".</summary>
        public string Method { get; }

        /// <summary>The params, as the JSON text that was sent.</summary>
        public string ParamsJson { get; }

        /// <summary>Which process asks; null where it is none of this client's, or its launch is not answered yet.</summary>
        public string ProcessId { get; }
    }
}
