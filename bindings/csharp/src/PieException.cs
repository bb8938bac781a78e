// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie
{
    /// <summary>A call failed, or a process did. Which way is told by <see cref="Status"/>.</summary>
    /// <example><code>catch (PieException e) when (e.Status == PieStatus.TimedOut)</code></example>
    public sealed class PieException : Exception
    {
        /// <summary>Makes one.</summary>
        /// <param name="status">Why.</param>
        /// <param name="message">One line that says what was wrong and what to do.</param>
        /// <param name="isRetriable">Whether the same call may succeed later.</param>
        public PieException(PieStatus status, string message, bool isRetriable) : base(message)
        {
            Status = status;
            IsRetriable = isRetriable;
        }

        /// <summary>Why it failed.</summary>
        public PieStatus Status { get; }

        /// <summary>Whether the same call may succeed later without any other change.</summary>
        public bool IsRetriable { get; }
    }
}
