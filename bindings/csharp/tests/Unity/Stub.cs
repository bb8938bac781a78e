// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;

namespace UnityEngine
{
    /// <summary>As much of Unity as the example needs to compile.</summary>
    public class MonoBehaviour
    {
    }

    public static class Debug
    {
        public static void LogError(object message) => Console.WriteLine("error: " + message);
    }
}

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class InitializeOnLoadAttribute : Attribute
    {
    }

    public static class AssemblyReloadEvents
    {
        public static event Action beforeAssemblyReload;

        public static void Reload() => beforeAssemblyReload?.Invoke();
    }

    public enum PlayModeStateChange
    {
        EnteredEditMode,
        EnteredPlayMode,
    }

    public static class EditorApplication
    {
        public static event Action<PlayModeStateChange> playModeStateChanged;

        public static void Change(PlayModeStateChange state) => playModeStateChanged?.Invoke(state);
    }
}
