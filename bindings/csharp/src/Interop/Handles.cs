// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Runtime.InteropServices;

namespace Pie.Interop
{
    /// <summary>A handle of the C library, freed once and not before the calls that use it have returned.</summary>
    internal abstract class PieHandle : SafeHandle
    {
        private Action released;

        protected PieHandle() : base(IntPtr.Zero, true)
        {
        }

        protected PieHandle(IntPtr pointer) : this() => SetHandle(pointer);

        public override bool IsInvalid => handle == IntPtr.Zero;

        /// <summary>Has something done when the handle is freed, be it by the finalizer: it must not wait.</summary>
        internal void WhenReleased(Action action) => released += action;

        protected abstract void Free(IntPtr pointer);

        protected override bool ReleaseHandle()
        {
            Free(handle);
            released?.Invoke();
            return true;
        }
    }

    internal sealed class ClientHandle : PieHandle
    {
        internal ClientHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_client_free(pointer);
    }

    internal sealed class ProcessHandle : PieHandle
    {
        internal ProcessHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_process_free(pointer);
    }

    internal sealed class QueueHandle : PieHandle
    {
        internal QueueHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_queue_free(pointer);
    }

    internal sealed class OpHandle : PieHandle
    {
        public OpHandle()
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_op_free(pointer);
    }

    internal sealed class OptionsHandle : PieHandle
    {
        internal OptionsHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_options_free(pointer);
    }

    internal sealed class KeyHandle : PieHandle
    {
        internal KeyHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_private_key_free(pointer);
    }

    internal sealed class ListHandle : PieHandle
    {
        internal ListHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_process_list_free(pointer);
    }

    internal sealed class EventHandle : PieHandle
    {
        internal EventHandle(IntPtr pointer) : base(pointer)
        {
        }

        protected override void Free(IntPtr pointer) => Native.pie_event_free(pointer);
    }
}
