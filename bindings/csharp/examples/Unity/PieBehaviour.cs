// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using Pie;
using UnityEngine;

/// <summary>
/// Launches an inferlet and shows what it says, all of it on Unity's main thread: tasks complete and events arrive inside
/// Update, so the scene may be touched everywhere here.
/// </summary>
public sealed class PieBehaviour : MonoBehaviour
{
    public string Uri = "ws://127.0.0.1:8080";
    public string Inferlet = "story@0.1.0";
    public string Input = "{\"prompt\": \"Once upon a time\"}";
    public int EventsPerFrame = 100;

    private readonly PieDispatcher dispatcher = new PieDispatcher();
    private PieClient client;
    private PieProcess process;
    private bool isDestroyed;

    /// <summary>What was said so far.</summary>
    public string Said { get; private set; } = "";

    /// <summary>What the inferlet returned, once it has ended well.</summary>
    public string Returned { get; private set; }

    private async void Start()
    {
        try
        {
            client = await PieClient.ConnectAsync(Uri, new PieOptions { Dispatcher = dispatcher });
            await client.AuthenticateAsync("player");
            process = await client.LaunchAsync(Inferlet, Input);
        }
        catch (PieException failure)
        {
            Debug.LogError(failure.Status + ": " + failure.Message);
        }
        if (isDestroyed)
        {
            LetGo();
        }
    }

    private void Update()
    {
        dispatcher.Dispatch(EventsPerFrame);
        while (process != null && process.TryReceive(out var said))
        {
            Show(said);
        }
    }

    private void OnDestroy()
    {
        isDestroyed = true;
        LetGo();
    }

    private void LetGo()
    {
        process?.Dispose();
        client?.Dispose();
        process = null;
        client = null;
    }

    private void Show(PieEvent said)
    {
        if (said is PieReturnedEvent returned)
        {
            Returned = returned.Text;
        }
        else if (said is PieFailedEvent failed)
        {
            Debug.LogError(failed.Failure.Message);
        }
        else if (said is PieTextEvent text)
        {
            Said += text.Text;
        }
    }
}
