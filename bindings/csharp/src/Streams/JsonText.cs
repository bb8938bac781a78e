// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace Pie.Streams
{
    /// <summary>The little JSON that the library itself has to read and write.</summary>
    internal static class JsonText
    {
        /// <summary>The JSON string of a text.</summary>
        internal static string Quote(string text)
        {
            var quoted = new StringBuilder("\"");
            foreach (var letter in text)
            {
                Escape(quoted, letter);
            }
            return quoted.Append('"').ToString();
        }

        /// <summary>The error object of MCP, or a string for exceptions that bear no code.</summary>
        internal static string Error(Exception exception)
        {
            if (!(exception is PieMcpException error))
            {
                return Quote(exception.Message);
            }
            var data = error.DataJson == null ? "" : ",\"data\":" + error.DataJson;
            var code = error.Code.ToString(CultureInfo.InvariantCulture);
            return "{\"code\":" + code + ",\"message\":" + Quote(error.Message) + data + "}";
        }

        /// <summary>The texts of an array of strings, as pie_client_run_processes writes it.</summary>
        internal static IReadOnlyList<string> ReadStrings(string json)
        {
            var texts = new List<string>();
            for (var at = json.IndexOf('"'); at >= 0; at = json.IndexOf('"', at))
            {
                texts.Add(ReadString(json, ref at));
            }
            return texts;
        }

        private static void Escape(StringBuilder quoted, char letter)
        {
            if (letter == '"' || letter == '\\')
            {
                quoted.Append('\\').Append(letter);
            }
            else if (letter < ' ' || char.IsSurrogate(letter))
            {
                quoted.Append("\\u").Append(((int)letter).ToString("x4", CultureInfo.InvariantCulture));
            }
            else
            {
                quoted.Append(letter);
            }
        }

        /// <summary>Reads from one quotation mark to behind the other.</summary>
        private static string ReadString(string json, ref int at)
        {
            var text = new StringBuilder();
            for (at++; json[at] != '"'; at++)
            {
                text.Append(json[at] == '\\' ? ReadEscape(json, ref at) : json[at]);
            }
            at++;
            return text.ToString();
        }

        private static char ReadEscape(string json, ref int at)
        {
            var letter = json[++at];
            switch (letter)
            {
                case 'b':
                    return '\b';
                case 'f':
                    return '\f';
                case 'n':
                    return '\n';
                case 'r':
                    return '\r';
                case 't':
                    return '\t';
                case 'u':
                    at += 4;
                    return (char)int.Parse(json.Substring(at - 3, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                default:
                    return letter;
            }
        }
    }
}
