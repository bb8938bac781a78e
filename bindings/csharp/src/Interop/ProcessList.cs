// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using Pie.Streams;

namespace Pie.Interop
{
    /// <summary>Copies a list of processes.</summary>
    internal static class ProcessList
    {
        internal static IReadOnlyList<PieProcessInfo> Take(ref EventData data)
        {
            var pointer = Native.pie_event_take_process_list(data.Pointer);
            if (pointer == IntPtr.Zero)
            {
                throw Errors.NoMemory();
            }
            using (var list = new ListHandle(pointer))
            {
                return Read(list);
            }
        }

        private static PieProcessInfo[] Read(ListHandle list)
        {
            var processes = new PieProcessInfo[(int)Native.pie_process_list_size(list).ToUInt32()];
            for (var i = 0; i < processes.Length; i++)
            {
                processes[i] = Read(Native.pie_process_list_get(list, new UIntPtr((uint)i)));
            }
            return processes;
        }

        private static PieProcessInfo Read(IntPtr pointer)
        {
            var info = (ProcessInfoLayout)Marshal.PtrToStructure(pointer, typeof(ProcessInfoLayout));
            return new PieProcessInfo(
                Utf8.Read(info.Id), Utf8.Read(info.Username), Utf8.Read(info.Program), Utf8.Read(info.Input),
                (long)Math.Min(info.ElapsedSecs, (ulong)TimeSpan.MaxValue.TotalSeconds - 1));
        }
    }
}
