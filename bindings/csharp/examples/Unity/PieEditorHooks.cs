// SPDX-License-Identifier: Apache-2.0 OR MIT
#if UNITY_EDITOR
using System;
using Pie;
using UnityEditor;
using UnityEngine;

/// <summary>
/// Ends the library before the editor loads changed scripts, and when play mode ends. The package does the first by itself, when
/// the domain is unloaded; here a failure is told of.
/// </summary>
[InitializeOnLoad]
public static class PieEditorHooks
{
    static PieEditorHooks()
    {
        AssemblyReloadEvents.beforeAssemblyReload += End;
        EditorApplication.playModeStateChanged += state =>
        {
            if (state == PlayModeStateChange.EnteredEditMode)
            {
                End();
            }
        };
    }

    private static void End()
    {
        try
        {
            PieLibrary.Shutdown(TimeSpan.FromSeconds(5));
        }
        catch (PieException failure)
        {
            Debug.LogError(failure.Message);
        }
    }
}
#endif
