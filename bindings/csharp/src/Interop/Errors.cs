// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie.Interop
{
    /// <summary>Statuses and error objects of the C library, as exceptions.</summary>
    internal static class Errors
    {
        /// <summary>Throws where a call has failed, and frees its error.</summary>
        internal static void Check(int status, IntPtr error)
        {
            if (status < 0)
            {
                throw Take(status, error);
            }
        }

        /// <summary>An exception from an error object, which is freed.</summary>
        internal static PieException Take(int status, IntPtr error)
        {
            var exception = Read(status, error);
            Native.pie_error_free(error);
            return exception;
        }

        /// <summary>An exception from an error object that is not ours.</summary>
        internal static PieException Read(int status, IntPtr error)
        {
            var text = error == IntPtr.Zero ? "" : Utf8.Read(Native.pie_error_message(error));
            return new PieException((PieStatus)status, text, Native.pie_error_is_retriable(error) != 0);
        }

        internal static PieException Closed() =>
            new PieException(PieStatus.Closed, "The library was shut down.", false);

        internal static PieException NoMemory() =>
            new PieException(PieStatus.NoMemory, "There is no memory for the result.", false);
    }
}
