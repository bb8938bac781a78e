// SPDX-License-Identifier: Apache-2.0 OR MIT
using System.Collections.Generic;

namespace Pie.Conformance
{
    /// <summary>The words of a line.</summary>
    internal static class Words
    {
        internal static List<string> Split(string line)
        {
            var words = new List<string>();
            var at = 0;
            while (Skip(line, ref at) && (words.Count > 0 || line[at] != '#'))
            {
                words.Add(line[at] == '\'' ? Quoted(line, ref at) : Bare(line, ref at));
            }
            return words;
        }

        private static bool Skip(string line, ref int at)
        {
            while (at < line.Length && char.IsWhiteSpace(line[at]))
            {
                at++;
            }
            return at < line.Length;
        }

        private static string Quoted(string line, ref int at)
        {
            var end = line.IndexOf('\'', at + 1);
            var word = line.Substring(at + 1, end - at - 1);
            at = end + 1;
            return word;
        }

        private static string Bare(string line, ref int at)
        {
            var begin = at;
            while (at < line.Length && !char.IsWhiteSpace(line[at]))
            {
                at++;
            }
            return line.Substring(begin, at - begin);
        }
    }
}
