// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>
    /// The C library's threads block all signals. Mono and Unity stop threads by signals for a garbage collection on Linux, and
    /// would wait for ever for a thread that runs managed code and blocks them. So a callback lets them through first.
    /// </summary>
    internal static class ThreadSignals
    {
        private const int SigUnblock = 1;
        private const int SigXcpu = 24;
        private const int SigPwr = 30;
        private const int FirstRealTime = 34;
        private const int LastRealTime = 64;

        [ThreadStatic]
        private static bool isDone;
        private static readonly byte[] OfRuntimes = Set();

        /// <summary>Once for each thread, as the first thing that managed code does there.</summary>
        internal static void Unblock()
        {
            if (!isDone)
            {
                isDone = true;
                TryUnblock();
            }
        }

        private static void TryUnblock()
        {
            try
            {
                // Only Linux has these numbers; elsewhere runtimes stop threads by other means.
                if (Environment.OSVersion.Platform == PlatformID.Unix && System.IO.Directory.Exists("/proc/self/task"))
                {
                    pthread_sigmask(SigUnblock, OfRuntimes, IntPtr.Zero);
                }
            }
            catch (Exception missing) when (missing is DllNotFoundException || missing is EntryPointNotFoundException)
            {
                // Another C library: nothing is changed.
            }
        }

        /// <summary>A sigset_t of Linux: bit n - 1 is signal n.</summary>
        private static byte[] Set()
        {
            var set = new byte[128];
            Add(set, SigXcpu);
            Add(set, SigPwr);
            for (var signal = FirstRealTime; signal <= LastRealTime; signal++)
            {
                Add(set, signal);
            }
            return set;
        }

        private static void Add(byte[] set, int signal) => set[(signal - 1) / 8] |= (byte)(1 << ((signal - 1) % 8));

        [DllImport("libc")]
        private static extern int pthread_sigmask(int how, byte[] set, IntPtr former);
    }
}
