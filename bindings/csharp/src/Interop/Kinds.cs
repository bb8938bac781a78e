// SPDX-License-Identifier: Apache-2.0 OR MIT
namespace Pie.Interop
{
    /// <summary>PIE_EVENT_* and the other numbers of pie_client.h that no public type has.</summary>
    internal static class Kinds
    {
        internal const uint AbiVersion = 1;
        internal const long Forever = -1;

        internal const int Stdout = 1;
        internal const int Stderr = 2;
        internal const int Message = 3;
        internal const int File = 4;
        internal const int Return = 5;
        internal const int Error = 6;
        internal const int Other = 7;
        internal const int Overflow = 8;
        internal const int Done = 16;
        internal const int Connection = 17;
        internal const int Progress = 18;
        internal const int McpRequest = 19;

        internal const uint LaunchNoCapture = 1;
    }
}
