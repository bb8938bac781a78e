// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie.Tests
{
    /// <summary>A test: an asynchronous method, which is given the address of each of these engines in turn.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    internal sealed class TestAttribute : Attribute
    {
        internal TestAttribute(params string[] engines) => Engines = engines;

        internal string[] Engines { get; }
    }
}
