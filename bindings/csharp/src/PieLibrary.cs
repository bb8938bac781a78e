// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <summary>The library as a whole.</summary>
    public static class PieLibrary
    {
        private static readonly TimeSpan LimitAtExit = TimeSpan.FromSeconds(5);
        private static readonly object Gate = new object();

        // Kept as long as the C library may call it.
        private static readonly LogFunction OnLog = Log;
        private static volatile Action<PieLogLevel, string, string> log;
        private static bool hasBegun;

        /// <summary>The version of the C library, "major.minor.patch".</summary>
        public static string Version => Utf8.Read(Native.pie_version());

        /// <summary>Describes every option: JSON text, an array of objects.</summary>
        public static string DescribeOptions() => Utf8.Read(Native.pie_options_describe());

        /// <summary>The name of a status in pie_client.h: "PIE_E_TIMED_OUT" for <see cref="PieStatus.TimedOut"/>.</summary>
        /// <param name="status">Any number.</param>
        public static string NameOf(PieStatus status) => Utf8.Read(Native.pie_status_name((int)status));

        /// <summary>Sends the library's log lines to a function, in place of a former one.</summary>
        /// <param name="mostDetailed">The most detailed level wanted.</param>
        /// <param name="action">
        /// Takes level, part of the library and text of a line; null for none. It runs on any thread, also on several at
        /// once, must return soon and call nothing of this library. What it throws is dropped.
        /// </param>
        public static void SetLog(PieLogLevel mostDetailed, Action<PieLogLevel, string, string> action)
        {
            Begin();
            lock (Gate)
            {
                log = action;
                var level = action == null ? PieLogLevel.Off : mostDetailed;
                Native.pie_set_log_callback((int)level, action == null ? null : OnLog, IntPtr.Zero);
            }
        }

        /// <summary>
        /// Ends the library's work in this process: closes every client, ends every wait with
        /// <see cref="PieStatus.Closed"/>, and ends all its threads. New clients start a new life.
        /// </summary>
        /// <remarks>
        /// Runs by itself when the process ends and when an application domain is unloaded, as Unity does before it loads
        /// changed scripts. All domains of a process share the C library, so it ends their work too. Not for callbacks.
        /// </remarks>
        /// <param name="timeout">How long to wait for the threads; null for as long as it takes.</param>
        /// <exception cref="PieException">TimedOut: it goes on, call again. WouldDeadlock: called from a log function.</exception>
        public static void Shutdown(TimeSpan? timeout = null)
        {
            var limit = Limits.Milliseconds(timeout);
            var status = Native.pie_shutdown(limit, out var error);
            if (status != (int)PieStatus.Ok && status != (int)PieStatus.TimedOut)
            {
                throw Errors.Take(status, error);
            }
            log = null;
            var haveEnded = Pumps.End(limit < 0 ? LimitAtExit : TimeSpan.FromMilliseconds(limit));
            Errors.Check(status, error);
            if (!haveEnded)
            {
                throw Limits.TimedOut();
            }
        }

        /// <summary>Before anything else is called: is it the right library, and who shuts it down?</summary>
        internal static void Begin()
        {
            lock (Gate)
            {
                if (hasBegun)
                {
                    return;
                }
                CheckVersion(Native.pie_abi_version());
                AppDomain.CurrentDomain.DomainUnload += (sender, arguments) => End();
                AppDomain.CurrentDomain.ProcessExit += (sender, arguments) => End();
                hasBegun = true;
            }
        }

        internal static void CheckVersion(uint found)
        {
            if (found < Kinds.AbiVersion)
            {
                var text = "The C library has version " + found + " of its interface; " + Kinds.AbiVersion + " is needed.";
                throw new PieException(PieStatus.AbiMismatch, text, false);
            }
        }

        private static void End()
        {
            try
            {
                Shutdown(LimitAtExit);
            }
            catch (PieException)
            {
                // The domain goes all the same.
            }
        }

        [MonoPInvokeCallback(typeof(LogFunction))]
        private static void Log(int level, IntPtr target, IntPtr message, IntPtr userData)
        {
            try
            {
                ThreadSignals.Unblock();
                log?.Invoke((PieLogLevel)level, Utf8.Read(target), Utf8.Read(message));
            }
            catch (Exception)
            {
                // No exception may reach the C library, and there is nobody else to tell.
            }
        }
    }
}
