namespace Socks5Egress.Cli;

/// <summary>One line on a terminal that says what is being tried, and is gone afterwards. Elsewhere nothing.</summary>
internal sealed class CheckProgress(CommandContext context) : IDisposable
{
    private const string WholeLine = "\r\x1b[K";
    private readonly Lock _lock = new();

    public void Say(string what)
    {
        if (!context.ErrorIsTerminal) return;
        lock (_lock)
        {
            context.Error.Write($"{WholeLine}{what} …");
            context.Error.Flush();
        }
    }

    public void Clear()
    {
        if (!context.ErrorIsTerminal) return;
        lock (_lock)
        {
            context.Error.Write(WholeLine);
            context.Error.Flush();
        }
    }

    public void Dispose() => Clear();
}
