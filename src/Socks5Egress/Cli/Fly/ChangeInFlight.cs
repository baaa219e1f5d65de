namespace Socks5Egress.Cli.Fly;

/// <summary>Whether a change at Fly.io has been sent and not answered yet: what a signal has to know.</summary>
internal sealed class ChangeInFlight(TextWriter error)
{
    private volatile bool _inFlight;
    private volatile bool _made;

    /// <summary>It was sent, and whether it was made is not known.</summary>
    public bool IsInFlight
    {
        get => _inFlight;
        set => _inFlight = value;
    }

    /// <summary>One was answered.</summary>
    public bool WasMade
    {
        get => _made;
        set => _made = value;
    }

    /// <summary>Why the first signal does not end it.</summary>
    public void SayWaiting()
    {
        error.WriteLine("The change was already sent: waiting for the answer, which tells what was changed. A second signal gives it up.");
        error.Flush();
    }
}
