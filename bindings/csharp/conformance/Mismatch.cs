// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie.Conformance
{
    /// <summary>What was expected, and what came.</summary>
    internal sealed class Mismatch : Exception
    {
        internal Mismatch(string message) : base(message)
        {
        }

        internal static void Unless(bool isRight, string wanted, object got)
        {
            if (!isRight)
            {
                throw new Mismatch("wanted " + wanted + ", got " + got);
            }
        }

        internal static void Unless(string wanted, string got) => Unless(wanted == got, "'" + wanted + "'", "'" + got + "'");
    }
}
