// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Collections.Generic;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Conformance
{
    /// <summary>A step with what stands before it: a limit, a cancellation, the failure that is wanted.</summary>
    internal sealed class Step
    {
        private readonly List<string> words;
        private readonly CancellationTokenSource cancellation = new CancellationTokenSource();
        private readonly bool isCancelled;
        private readonly string status = "PIE_OK";
        private readonly string part = "";

        internal Step(List<string> words)
        {
            this.words = words;
            if (TakeIf("within"))
            {
                Limit = TimeSpan.FromMilliseconds(int.Parse(Take()));
            }
            if (isCancelled = TakeIf("cancelled"))
            {
                status = "PIE_E_CANCELLED";
            }
            if (TakeIf("fails"))
            {
                status = Take();
                part = TakeIf("has") ? Take() : "";
            }
            Verb = Take();
        }

        internal string Verb { get; }

        internal TimeSpan Limit { get; } = World.Limit;

        internal CancellationToken Token => cancellation.Token;

        internal IReadOnlyList<string> Words => words;

        internal string this[int number] => number < words.Count ? words[number] : "";

        internal async Task Run(World world)
        {
            var (got, text) = await Outcome(world);
            Mismatch.Unless(got == status, Verb + " to give " + status, got + ": " + text);
            Mismatch.Unless(text.Contains(part), Verb + " to tell " + part, text);
        }

        private async Task<(string Status, string Text)> Outcome(World world)
        {
            try
            {
                var running = Steps.Run(this, world);
                if (isCancelled)
                {
                    cancellation.Cancel();
                }
                await running;
                return ("PIE_OK", "");
            }
            catch (PieException failure)
            {
                return (PieLibrary.NameOf(failure.Status), failure.Message);
            }
            catch (OperationCanceledException cancelled) when (cancelled.CancellationToken == Token)
            {
                return ("PIE_E_CANCELLED", cancelled.Message);
            }
        }

        private bool TakeIf(string word)
        {
            if (words.Count == 0 || words[0] != word)
            {
                return false;
            }
            words.RemoveAt(0);
            return true;
        }

        private string Take()
        {
            var word = words[0];
            words.RemoveAt(0);
            return word;
        }
    }
}
