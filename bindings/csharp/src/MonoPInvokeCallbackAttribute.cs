// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie
{
    /// <summary>Tells IL2CPP and other compilers ahead of time which methods are called from native code. They know it by name.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class MonoPInvokeCallbackAttribute : Attribute
    {
        internal MonoPInvokeCallbackAttribute(Type type) => Type = type;

        internal Type Type { get; }
    }
}
