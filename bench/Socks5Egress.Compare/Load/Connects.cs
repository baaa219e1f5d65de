using System.Diagnostics;

namespace Socks5Egress.Compare.Load;

/// <summary>Connect, handshake, one message there and back, close; so many at once, one after the other.</summary>
internal sealed class Connects(LoadOptions options, TargetControl target) : Generator(options, target)
{
    // Every one leaves a local port in TIME_WAIT, on both sides of the proxy: the kernel has 28,000, and is slow to find one past half
    private const int Most = 12_000;
    private long _begun;
    private long _done;

    protected override Sample Measure()
    {
        for (int i = 0; i < Options.Connections; i++) Begin();
        TurnUntil(In(Options.WarmUp));
        Window.Begin();
        Latencies.Clear();
        _done = 0;
        long end = In(Options.Seconds);
        while (!Broken && _begun < Most && Stopwatch.GetTimestamp() < end) Turn(end);
        return new Sample { Work = Window.End(_done, Latencies) };
    }

    protected override void Opened(Connection connection)
    {
        if (Options.Pipelined)
        {
            connection.Expect();
            // The answer may have come with that to the handshake: no event tells of it
            Ready(connection, 0);
        }
        else if (!connection.SendMessage()) Fail(connection, "the message was not taken");
    }

    protected override void Ready(Connection connection, uint events)
    {
        ReadOnlySpan<byte> reply = connection.Collect(Connection.Message, out bool ended);
        if (ended) Fail(connection, "closed instead of a reply");
        if (reply.Length == 0) return;
        if (!connection.ReplyMatches()) Mismatches++;
        Close(connection);
        _done++;
        Latencies.Record(Stopwatch.GetTimestamp() - connection.Started);
        Begin();
    }

    protected override void Lost(Connection connection)
    {
        if (!Broken) Begin();
    }

    private void Begin()
    {
        _begun++;
        Connect();
    }
}
