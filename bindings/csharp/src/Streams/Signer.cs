// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>A function of the host that signs, as the C library calls it.</summary>
    internal sealed class Signer
    {
        // One for all, so that it is never collected while the C library calls it.
        internal static readonly SignFunction Function = Sign;

        private readonly Func<byte[], byte[]> sign;
        private ExceptionDispatchInfo thrown;

        internal Signer(Func<byte[], byte[]> sign) => this.sign = sign;

        internal void ThrowWhatWasThrown(IntPtr error)
        {
            if (thrown != null)
            {
                Native.pie_error_free(error);
                thrown.Throw();
            }
        }

        [MonoPInvokeCallback(typeof(SignFunction))]
        private static int Sign(IntPtr challenge, UIntPtr size, IntPtr signature, IntPtr signatureSize, IntPtr userData)
        {
            var signer = (Signer)GCHandle.FromIntPtr(userData).Target;
            try
            {
                return signer.Sign(Utf8.Bytes(challenge, (int)size.ToUInt32()), signature, signatureSize);
            }
            catch (Exception exception)
            {
                signer.thrown = ExceptionDispatchInfo.Capture(exception);
                return 1;
            }
        }

        private int Sign(byte[] challenge, IntPtr signature, IntPtr signatureSize)
        {
            var made = sign(challenge);
            var room = Marshal.ReadIntPtr(signatureSize).ToInt64();
            if (made == null || made.Length > room)
            {
                return 1;
            }
            Marshal.Copy(made, 0, signature, made.Length);
            Marshal.WriteIntPtr(signatureSize, new IntPtr(made.Length));
            return 0;
        }
    }
}
