// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>How a call ended. The numbers are those of pie_client.h.</summary>
    public enum PieStatus
    {
        /// <summary>It did what it is for.</summary>
        Ok = 0,

        /// <summary>Nothing came in time. For the C interface alone.</summary>
        Empty = 1,

        /// <summary>A receive was interrupted. For the C interface alone.</summary>
        Interrupted = 2,

        /// <summary>The last event was taken. For the C interface alone.</summary>
        End = 3,

        /// <summary>A value out of range or a text that makes no sense: the message names the parameter.</summary>
        InvalidArgument = -1,

        /// <summary>There is no memory for it, or no thread.</summary>
        NoMemory = -2,

        /// <summary>A defect of the library: please report the message.</summary>
        Internal = -3,

        /// <summary>The object was made before a fork, in the parent process.</summary>
        Forked = -4,

        /// <summary>The call would wait for the thread that it was made on.</summary>
        WouldDeadlock = -5,

        /// <summary>This version of the library, or the engine's generation, does not have it.</summary>
        Unsupported = -6,

        /// <summary>The operating system refused a file, or has no descriptor left.</summary>
        Io = -7,

        /// <summary>Time was up; what was asked for may still be done.</summary>
        TimedOut = -8,

        /// <summary>The caller itself ended it; of a process: this client terminated it.</summary>
        Cancelled = -9,

        /// <summary>The client was closed, or the library shut down.</summary>
        Closed = -10,

        /// <summary>Larger than a limit, which the message names.</summary>
        TooLarge = -11,

        /// <summary>The C library that was loaded does not fit this assembly.</summary>
        AbiMismatch = -12,

        /// <summary>Not now or not here: the message says why.</summary>
        InvalidState = -13,

        /// <summary>The outgoing buffer is full: nothing was sent, try again later.</summary>
        Busy = -14,

        /// <summary>No connection came about.</summary>
        Connect = -20,

        /// <summary>TLS failed.</summary>
        Tls = -21,

        /// <summary>The connection was lost.</summary>
        Disconnected = -22,

        /// <summary>The engine sent what makes no sense.</summary>
        Protocol = -23,

        /// <summary>A private key cannot be used.</summary>
        Key = -30,

        /// <summary>Not logged in, or the engine refused the login.</summary>
        Auth = -31,

        /// <summary>The engine refused the request: its own words are in the message.</summary>
        Rejected = -32,

        /// <summary>The registry did not answer as it should.</summary>
        Registry = -33,

        /// <summary>An MCP server failed.</summary>
        Mcp = -34,

        /// <summary>The inferlet ended with an error.</summary>
        Process = -35,
    }
}
