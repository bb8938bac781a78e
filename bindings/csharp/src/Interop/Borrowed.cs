// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie.Interop
{
    /// <summary>The pointer of a handle for a structure, kept valid while it is used.</summary>
    internal struct Borrowed : IDisposable
    {
        private readonly PieHandle handle;
        private readonly bool isHeld;

        internal Borrowed(PieHandle handle)
        {
            this.handle = handle;
            isHeld = false;
            handle.DangerousAddRef(ref isHeld);
            Pointer = handle.DangerousGetHandle();
        }

        internal IntPtr Pointer { get; }

        public void Dispose()
        {
            if (isHeld)
            {
                handle.DangerousRelease();
            }
        }
    }
}
