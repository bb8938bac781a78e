// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie
{
    /// <summary>The generation of an engine.</summary>
    public enum PieGeneration
    {
        /// <summary>Not known.</summary>
        Unknown = 0,

        /// <summary>Engines 0.1.</summary>
        V0_1 = 1,

        /// <summary>Engines 0.2.</summary>
        V0_2 = 2,

        /// <summary>Engines 0.3 and 0.4.</summary>
        V0_4 = 4,

        /// <summary>Engines 0.5.</summary>
        V0_5 = 5,

        /// <summary>Engines 0.6.</summary>
        V0_6 = 6,
    }
}
