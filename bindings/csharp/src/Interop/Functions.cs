// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>pie_sign_fn: runs on the thread of the call that it was given to.</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate int SignFunction(
        IntPtr challenge, UIntPtr size, IntPtr signature, IntPtr signatureSize, IntPtr userData);

    /// <summary>pie_log_fn: runs on any thread.</summary>
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    internal delegate void LogFunction(int level, IntPtr target, IntPtr message, IntPtr userData);
}
