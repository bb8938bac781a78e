// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>Texts that a structure points to, for as long as a call takes.</summary>
    internal sealed class NativeTexts : IDisposable
    {
        private readonly List<IntPtr> memory = new List<IntPtr>();

        public void Dispose()
        {
            memory.ForEach(Marshal.FreeHGlobal);
            memory.Clear();
        }

        /// <summary>A pointer to the text; NULL for null.</summary>
        internal IntPtr Add(string text, string parameter)
        {
            var bytes = Utf8.Optional(text, parameter);
            if (bytes == null)
            {
                return IntPtr.Zero;
            }
            var pointer = Allocate(bytes.Length);
            Marshal.Copy(bytes, 0, pointer, bytes.Length);
            return pointer;
        }

        /// <summary>Pointers to the texts, NULL for each null.</summary>
        internal IntPtr[] AddAll(IReadOnlyList<string> texts, string parameter)
        {
            var pointers = new IntPtr[texts.Count];
            for (var i = 0; i < pointers.Length; i++)
            {
                pointers[i] = Add(texts[i], parameter);
            }
            return pointers;
        }

        /// <summary>A pointer to an array of such pointers; NULL where there are none.</summary>
        internal IntPtr AddArray(IReadOnlyList<string> texts, string parameter)
        {
            var pointers = AddAll(texts, parameter);
            if (pointers.Length == 0)
            {
                return IntPtr.Zero;
            }
            var array = Allocate(pointers.Length * IntPtr.Size);
            Marshal.Copy(pointers, 0, array, pointers.Length);
            return array;
        }

        private IntPtr Allocate(int size)
        {
            var pointer = Marshal.AllocHGlobal(size);
            memory.Add(pointer);
            return pointer;
        }
    }
}
