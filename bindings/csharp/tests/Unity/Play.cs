// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Threading;

/// <summary>Plays the Unity example as Unity does: Start, Update once a frame, OnDestroy, all on one thread; a reload; again.</summary>
internal static class Play
{
    private static int Main(string[] arguments)
    {
        RuntimeHelpers.RunClassConstructor(typeof(PieEditorHooks).TypeHandle);
        for (var i = 0; i < 3; i++)
        {
            PlayOnce(arguments[0]);
            UnityEditor.AssemblyReloadEvents.Reload();
            UnityEditor.EditorApplication.Change(UnityEditor.PlayModeStateChange.EnteredEditMode);
        }
        Console.WriteLine("3 passed, 0 failed");
        return 0;
    }

    private static void PlayOnce(string uri)
    {
        var behaviour = new PieBehaviour
        {
            Uri = uri,
            Inferlet = "echo@0.1.0",
            Input = "{\"ops\":[[\"print\",\"Once \"],[\"send\",\"upon a time\"],[\"return\",\"the end\"]]}",
        };
        Call(behaviour, "Start");
        for (var watch = Stopwatch.StartNew(); behaviour.Returned == null; Thread.Sleep(1))
        {
            Call(behaviour, "Update");
            if (watch.Elapsed > TimeSpan.FromSeconds(30))
            {
                throw new TimeoutException("the story does not end");
            }
        }
        Call(behaviour, "OnDestroy");
        if (behaviour.Said + "/" + behaviour.Returned != "Once upon a time/the end")
        {
            throw new InvalidOperationException(behaviour.Said + "/" + behaviour.Returned);
        }
    }

    private static void Call(PieBehaviour behaviour, string name) =>
        typeof(PieBehaviour).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic).Invoke(behaviour, null);
}
