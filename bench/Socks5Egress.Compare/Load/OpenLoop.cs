using System.Diagnostics;

namespace Socks5Egress.Compare.Load;

/// <summary>
/// Requests at fixed times whatever the replies do. A latency runs from the time at which its request was due, not from
/// when a connection was free to send it, so a stall counts for every request it delayed (no coordinated omission);
/// what has no reply at the end counts with the time it has waited.
/// </summary>
internal sealed class OpenLoop(LoadOptions options, TargetControl target) : Generator(options, target)
{
    private const double Patience = 10;
    private readonly Stack<Connection> _free = new();
    private readonly HashSet<Connection> _busy = [];
    private readonly long _interval = Stopwatch.Frequency / options.Rate;
    private long _due;
    private long _replies;

    protected override Sample Measure()
    {
        Libc.SharpenTimers();
        for (int i = 0; i < Options.Connections; i++) Connect();
        long patience = In(Patience);
        while (_free.Count < Options.Connections && !Broken && Stopwatch.GetTimestamp() < patience) Turn(patience);

        _due = Stopwatch.GetTimestamp();
        Pace(In(Options.WarmUp));
        Window.Begin();
        Latencies.Clear();
        _replies = 0;
        _due = Stopwatch.GetTimestamp();
        long end = In(Options.Seconds);
        Pace(end);
        foreach (Connection waiting in _busy) Latencies.Record(end - waiting.Started);
        for (; _due < end; _due += _interval) Latencies.Record(end - _due);
        return new Sample { Work = Window.End(_replies, Latencies) };
    }

    protected override void Opened(Connection connection) => _free.Push(connection);

    protected override void Lost(Connection connection) => _busy.Remove(connection);

    protected override void Ready(Connection connection, uint events)
    {
        ReadOnlySpan<byte> reply = connection.Collect(Connection.Message, out bool ended);
        if (ended) Fail(connection, "closed instead of a reply");
        if (reply.Length == 0 || !_busy.Remove(connection)) return;
        if (!connection.ReplyMatches()) Mismatches++;
        _replies++;
        Latencies.Record(Stopwatch.GetTimestamp() - connection.Started);
        _free.Push(connection);
    }

    private void Pace(long end)
    {
        long now = Stopwatch.GetTimestamp();
        while (!Broken && now < end)
        {
            while (_due <= now && _free.TryPop(out Connection? connection)) Send(connection);
            Turn(_free.Count > 0 ? Math.Min(_due, end) : end);
            now = Stopwatch.GetTimestamp();
        }
    }

    private void Send(Connection connection)
    {
        connection.Started = _due;
        _due += _interval;
        _busy.Add(connection);
        if (!connection.SendMessage()) Fail(connection, "a request was not taken");
    }
}
