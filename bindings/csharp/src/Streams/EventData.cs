// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>An event of the C library while it is being delivered.</summary>
    internal struct EventData
    {
        internal readonly IntPtr Pointer;
        private readonly EventLayout layout;

        internal EventData(IntPtr pointer)
        {
            Pointer = pointer;
            layout = (EventLayout)Marshal.PtrToStructure(pointer, typeof(EventLayout));
        }

        internal int Kind => layout.Kind;

        internal int Status => layout.Status;

        internal ulong Tag => layout.Tag;

        internal long Sequence => (long)layout.Sequence;

        internal long Current => (long)layout.Current;

        internal long Total => (long)layout.Total;

        internal long Size => (long)layout.Size.ToUInt64();

        internal string Name => Utf8.Read(layout.Name);

        internal string Text => Utf8.Read(layout.Data, Size);

        internal byte[] Bytes => Utf8.Bytes(layout.Data, Size);

        /// <summary>The id of the process whose event it is; null where it is of none.</summary>
        internal string ProcessId =>
            layout.Process == IntPtr.Zero ? null : Utf8.Read(Native.pie_process_id(layout.Process));

        internal PieException Failure => Errors.Read(layout.Status, layout.Error);
    }
}
