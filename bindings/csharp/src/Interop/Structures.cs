// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>pie_event.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct EventLayout
    {
        internal uint StructSize;
        internal int Kind;
        internal int Status;
        internal uint Flags;
        internal ulong Tag;
        internal ulong Sequence;
        internal ulong Current;
        internal ulong Total;
        internal IntPtr Process;
        internal IntPtr Data;
        internal UIntPtr Size;
        internal IntPtr Name;
        internal IntPtr Error;
    }

    /// <summary>pie_launch_options.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct LaunchOptions
    {
        internal uint StructSize;
        internal uint Flags;
        internal ulong TokenBudget;
        internal ulong Tag;
        internal IntPtr Input;
        internal IntPtr Queue;
    }

    /// <summary>pie_process_info.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ProcessInfoLayout
    {
        internal uint StructSize;
        internal uint Flags;
        internal ulong ElapsedSecs;
        internal IntPtr Id;
        internal IntPtr Username;
        internal IntPtr Program;
        internal IntPtr Input;
    }

    /// <summary>pie_mcp_server.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct McpServer
    {
        internal uint StructSize;
        internal uint Flags;
        internal IntPtr Transport;
        internal IntPtr Command;
        internal IntPtr Args;
        internal UIntPtr ArgCount;
        internal IntPtr Url;
        internal IntPtr Env;
        internal UIntPtr EnvCount;
        internal IntPtr WorkingDirectory;
    }
}
