// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie
{
    /// <summary>Thrown by an MCP handler to answer a request with an error of a code of its own.</summary>
    public sealed class PieMcpException : Exception
    {
        /// <summary>Makes one.</summary>
        /// <param name="code">The JSON-RPC error code, such as -32602.</param>
        /// <param name="message">What the inferlet is told.</param>
        /// <param name="dataJson">JSON text that goes with it; null for none.</param>
        public PieMcpException(int code, string message, string dataJson = null) : base(message)
        {
            Code = code;
            DataJson = dataJson;
        }

        /// <summary>The JSON-RPC error code.</summary>
        public int Code { get; }

        /// <summary>JSON text that goes with it, or null.</summary>
        public string DataJson { get; }
    }
}
