// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;
using System.Text;

namespace Pie.Interop
{
    /// <summary>Texts on their way to the C library and back.</summary>
    internal static class Utf8
    {
        private const long LargestArray = 0x7fffffc7;
        private static readonly UTF8Encoding Strict = new UTF8Encoding(false, true);

        /// <summary>UTF-8 with a NUL behind it; null stays null.</summary>
        /// <exception cref="ArgumentException">The text has a NUL in it, or half a surrogate pair.</exception>
        internal static byte[] Optional(string text, string parameter)
        {
            if (text == null)
            {
                return null;
            }
            if (text.IndexOf('\0') >= 0)
            {
                throw new ArgumentException("The text has a NUL in it.", parameter);
            }
            try
            {
                var bytes = new byte[Strict.GetByteCount(text) + 1];
                Strict.GetBytes(text, 0, text.Length, bytes, 0);
                return bytes;
            }
            catch (EncoderFallbackException broken)
            {
                throw new ArgumentException("The text is no Unicode: it has half a surrogate pair.", parameter, broken);
            }
        }

        /// <summary>The same of a text that has to be there.</summary>
        internal static byte[] Required(string text, string parameter)
        {
            if (text == null)
            {
                throw new ArgumentNullException(parameter);
            }
            return Optional(text, parameter);
        }

        /// <summary>Overwrites a secret.</summary>
        internal static void Wipe(byte[] secret)
        {
            if (secret != null)
            {
                Array.Clear(secret, 0, secret.Length);
            }
        }

        /// <summary>A copy of a text with a NUL behind it; null for NULL.</summary>
        internal static string Read(IntPtr text)
        {
            if (text == IntPtr.Zero)
            {
                return null;
            }
            var size = 0;
            while (Marshal.ReadByte(text, size) != 0)
            {
                size++;
            }
            return Read(text, size);
        }

        /// <summary>A copy of a text of so many bytes.</summary>
        internal static string Read(IntPtr text, long size) => Encoding.UTF8.GetString(Bytes(text, size));

        /// <summary>A copy of bytes.</summary>
        /// <exception cref="OutOfMemoryException">There are more than an array can hold.</exception>
        internal static byte[] Bytes(IntPtr data, long size)
        {
            if (size > LargestArray)
            {
                throw new OutOfMemoryException();
            }
            var bytes = new byte[size];
            Marshal.Copy(data, bytes, 0, (int)size);
            return bytes;
        }
    }
}
