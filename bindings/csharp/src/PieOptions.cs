// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Collections.Generic;
using System.Globalization;
using Pie.Interop;
using Pie.Streams;

namespace Pie
{
    /// <summary>Settings of a connection. docs/options.md and <see cref="PieLibrary.DescribeOptions"/> list them all.</summary>
    /// <example><code>var options = new PieOptions { ["reconnect"] = "on" };</code></example>
    public sealed class PieOptions
    {
        internal const long DefaultQueueBytes = 64 << 20;
        private readonly Dictionary<string, string> values = new Dictionary<string, string>();

        /// <summary>Who completes the client's tasks; null for <see cref="PieDispatcher.Default"/>.</summary>
        public PieDispatcher Dispatcher { get; set; }

        /// <summary>A value as it was set; null where it was not.</summary>
        /// <param name="key">The option's name, such as "queue_max_bytes" or "header.authorization".</param>
        /// <exception cref="PieException">InvalidArgument: no such option, or not such a value. Unsupported.</exception>
        public string this[string key]
        {
            get => values.TryGetValue(key, out var value) ? value : null;
            set => Set(key, value);
        }

        /// <summary>Sets an option. The former value stays on a failure.</summary>
        /// <param name="key">The option's name.</param>
        /// <param name="value">Its value as text: numbers in decimal digits.</param>
        /// <returns>These options.</returns>
        /// <exception cref="PieException">InvalidArgument: no such option, or not such a value. Unsupported.</exception>
        public PieOptions Set(string key, string value)
        {
            using (var check = NewHandle())
            {
                Apply(check, key, value);
            }
            values[key] = value;
            return this;
        }

        internal OptionsHandle ToHandle()
        {
            var handle = NewHandle();
            foreach (var pair in values)
            {
                Apply(handle, pair.Key, pair.Value);
            }
            return handle;
        }

        /// <summary>The bound on what is kept outside the C library: the same as inside.</summary>
        internal StreamRules Rules(PieDispatcher dispatcher)
        {
            var bytes = this["queue_max_bytes"];
            return new StreamRules
            {
                MostBytes = bytes == null ? DefaultQueueBytes : long.Parse(bytes, CultureInfo.InvariantCulture),
                Pauses = this["overflow"] == "pause",
                Creation = dispatcher.Hub.Creation,
            };
        }

        private static OptionsHandle NewHandle()
        {
            PieLibrary.Begin();
            var handle = new OptionsHandle(Native.pie_options_new());
            return handle.IsInvalid ? throw Errors.NoMemory() : handle;
        }

        private static void Apply(OptionsHandle handle, string key, string value)
        {
            var status = Native.pie_options_set(
                handle, Utf8.Required(key, nameof(key)), Utf8.Required(value, nameof(value)), out var error);
            Errors.Check(status, error);
        }
    }
}
