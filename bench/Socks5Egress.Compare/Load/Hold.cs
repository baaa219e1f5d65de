using System.Diagnostics;
using Socks5Egress.Compare.Proxies;

namespace Socks5Egress.Compare.Load;

/// <summary>
/// Opens many sessions, looks at the proxy's memory before, during and after, and lets some of them work: first beside
/// the idle ones, then alone.
/// </summary>
internal sealed class Hold(LoadOptions options, TargetControl target) : Generator(options, target)
{
    private const int AtOnce = 64;
    private const double OpeningPatience = 20;
    private const double ClosingPatience = 6;
    private const double Settle = 0.5;
    private const double BackWithin = 1.2;

    private readonly List<Connection> _open = [];
    private int _begun;
    private long _replies;
    private bool _opening = true;
    private bool _working;

    protected override Sample Measure()
    {
        // A proxy accepts before it has started all its processes
        TurnUntil(In(Settle));
        Resident before = ProcessTree.Memory(Options.Proxy);
        long start = Stopwatch.GetTimestamp();
        OpenAll();
        double openedIn = Stopwatch.GetElapsedTime(start).TotalSeconds;
        TurnUntil(In(Settle));
        Resident during = ProcessTree.Memory(Options.Proxy);
        int sessions = _open.Count;

        Sample sample = new();
        if (Options.Active > 0 && sessions == Options.Connections)
        {
            sample.Work = Work();
            _open.Skip(Options.Active).ToList().ForEach(Close);
            TurnUntil(In(Settle));
            sample.Alone = Work();
        }

        _open.ForEach(Close);
        long closed = Stopwatch.GetTimestamp();
        Resident after;
        do
        {
            Thread.Sleep(250);
            after = ProcessTree.Memory(Options.Proxy);
        }
        while (after.Pss > before.Pss * BackWithin && Stopwatch.GetElapsedTime(closed).TotalSeconds < ClosingPatience);

        sample.Held = new Held(sessions, openedIn, before, during, after, Stopwatch.GetElapsedTime(closed).TotalSeconds);
        if (sessions < Options.Connections) sample.Note = $"only {sessions} of {Options.Connections} sessions came to be";
        return sample;
    }

    protected override void Opened(Connection connection)
    {
        if (!connection.SendMessage()) Fail(connection, "the message was not taken");
    }

    protected override void Ready(Connection connection, uint events)
    {
        ReadOnlySpan<byte> reply = connection.Collect(Connection.Message, out bool ended);
        if (ended) Fail(connection, "closed while it was held");
        if (reply.Length == 0) return;
        if (!connection.ReplyMatches()) Mismatches++;
        if (_working)
        {
            _replies++;
            Latencies.Record(Stopwatch.GetTimestamp() - connection.Started);
            Request(connection);
        }
        else if (_opening) _open.Add(connection);
    }

    protected override void Lost(Connection connection) => _open.Remove(connection);

    private void OpenAll()
    {
        long patience = In(OpeningPatience);
        while (_open.Count < Options.Connections && !Broken && Stopwatch.GetTimestamp() < patience)
        {
            for (; _begun < Options.Connections && _begun - _open.Count < AtOnce; _begun++) Connect();
            Turn(patience);
        }
        _opening = false;
    }

    private Work Work()
    {
        _working = true;
        _open.Take(Options.Active).ToList().ForEach(Request);
        TurnUntil(In(Options.WarmUp));
        Window.Begin();
        Latencies.Clear();
        _replies = 0;
        TurnUntil(In(Options.Seconds));
        Work work = Window.End(_replies, Latencies);
        _working = false;
        // The last replies are on their way
        TurnUntil(In(0.05));
        return work;
    }

    private void Request(Connection connection)
    {
        connection.Started = Stopwatch.GetTimestamp();
        if (!connection.SendMessage()) Fail(connection, "a request was not taken");
    }
}
