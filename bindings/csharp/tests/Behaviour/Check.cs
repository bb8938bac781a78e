// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>What has to hold.</summary>
    internal static class Check
    {
        internal static void That(bool holds, string what)
        {
            if (!holds)
            {
                throw new InvalidOperationException("not so: " + what);
            }
        }

        internal static void Same<T>(T wanted, T got)
        {
            if (!Equals(wanted, got))
            {
                throw new InvalidOperationException("wanted " + wanted + ", got " + got);
            }
        }

        internal static async Task<T> Throws<T>(Func<Task> action) where T : Exception
        {
            try
            {
                await action();
            }
            catch (T wanted)
            {
                return wanted;
            }
            throw new InvalidOperationException("wanted " + typeof(T).Name + ", got nothing");
        }

        internal static async Task<PieException> Fails(PieStatus status, Func<Task> action)
        {
            var failure = await Throws<PieException>(action);
            Same(status, failure.Status);
            return failure;
        }

        /// <summary>The process's next event is a message with this text.</summary>
        internal static async Task Message(PieProcess process, string text) =>
            Same(text, ((PieMessageEvent)await process.ReceiveAsync()).Text);
    }
}
