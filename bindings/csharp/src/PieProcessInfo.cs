// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace Pie
{
    /// <summary>A running process as the engine lists it. Texts are null where the engine does not say.</summary>
    public sealed class PieProcessInfo
    {
        internal PieProcessInfo(string id, string username, string program, string input, long elapsedSeconds)
        {
            Id = id;
            Username = username;
            Program = program;
            Input = input;
            Elapsed = TimeSpan.FromSeconds(elapsedSeconds);
        }

        /// <summary>Its id.</summary>
        public string Id { get; }

        /// <summary>Whose it is.</summary>
        public string Username { get; }

        /// <summary>The inferlet, as name@version.</summary>
        public string Program { get; }

        /// <summary>The input of its launch.</summary>
        public string Input { get; }

        /// <summary>How long it has been running, in whole seconds.</summary>
        public TimeSpan Elapsed { get; }
    }
}
