using System.Diagnostics;

namespace Socks5Egress.Compare.Load;

/// <summary>A fixed number of connections, each with one request in flight all the time.</summary>
internal sealed class RequestReply(LoadOptions options, TargetControl target) : Generator(options, target)
{
    private const double Patience = 10;
    private int _open;
    private long _replies;

    protected override Sample Measure()
    {
        for (int i = 0; i < Options.Connections; i++) Connect();
        long patience = In(Patience);
        while (_open < Options.Connections && !Broken && Stopwatch.GetTimestamp() < patience) Turn(patience);

        TurnUntil(In(Options.WarmUp));
        Window.Begin();
        Latencies.Clear();
        _replies = 0;
        TurnUntil(In(Options.Seconds));
        return new Sample { Work = Window.End(_replies, Latencies) };
    }

    protected override void Opened(Connection connection)
    {
        _open++;
        Request(connection);
    }

    protected override void Ready(Connection connection, uint events)
    {
        ReadOnlySpan<byte> reply = connection.Collect(Connection.Message, out bool ended);
        if (ended) Fail(connection, "closed instead of a reply");
        if (reply.Length == 0) return;
        if (!connection.ReplyMatches()) Mismatches++;
        _replies++;
        Latencies.Record(Stopwatch.GetTimestamp() - connection.Started);
        Request(connection);
    }

    private void Request(Connection connection)
    {
        connection.Started = Stopwatch.GetTimestamp();
        if (!connection.SendMessage()) Fail(connection, "a request was not taken");
    }
}
