using System.Diagnostics;

namespace Socks5Egress.Compare.Load;

/// <summary>Streams in one direction, every byte checked: downloads here, uploads at the target.</summary>
internal sealed class Bulk(LoadOptions options, TargetControl target) : Generator(options, target)
{
    private const double Patience = 10;
    private readonly byte[] _buffer = new byte[Pattern.Block];
    private readonly List<Connection> _open = [];
    private readonly bool _upload = options.Kind == LoadKind.Upload;
    private bool _stopped;
    private long _bytes;

    protected override Sample Measure()
    {
        TargetCounters before = Target.Ask();
        for (int i = 0; i < Options.Connections; i++) Connect();
        long patience = In(Patience);
        while (_open.Count < Options.Connections && !Broken && Stopwatch.GetTimestamp() < patience) Turn(patience);

        TurnUntil(In(Options.WarmUp));
        Window.Begin();
        long start = _bytes;
        TurnUntil(In(Options.Seconds));
        Sample sample = new() { Work = Window.End(_bytes - start, null) };

        _stopped = true;
        if (_upload) AwaitArrival(sample, before);
        _open.ForEach(Close);
        return sample;
    }

    protected override void Opened(Connection connection)
    {
        _open.Add(connection);
        // Level-triggered: the transfers take turns, a block each
        Watch(connection, _upload ? Poll.In | Poll.Out : Poll.In);
        if (!connection.Send(_upload ? "K"u8 : "S"u8)) Fail(connection, "the first byte was not taken");
    }

    protected override void Ready(Connection connection, uint events)
    {
        if (_upload) Upload(connection, events);
        else Download(connection);
    }

    private void Upload(Connection connection, uint events)
    {
        // Inside TLS something may be there to read: tickets
        bool maybeTickets = connection.Tls is not null && (events & ~Poll.Out) == Poll.In;
        if ((events & ~Poll.Out) != 0 && !(maybeTickets && connection.Read(_buffer) == -Libc.Again))
        {
            Fail(connection, "closed in the middle of an upload");
            return;
        }
        if (_stopped) return;
        int count = connection.Write(Pattern.At(connection.Offset));
        if (count > 0) Count(connection, count);
        else if (count != -Libc.Again) Fail(connection, $"send failed with errno {-count}");
    }

    private void Download(Connection connection)
    {
        int count = connection.Read(_buffer);
        if (count == -Libc.Again) return;
        if (count <= 0)
        {
            Fail(connection, count == 0 ? "closed in the middle of a download" : $"recv failed with errno {-count}");
            return;
        }
        if (!_buffer.AsSpan(0, count).SequenceEqual(Pattern.At(connection.Offset, count))) Mismatches++;
        Count(connection, count);
    }

    private void Count(Connection connection, int count)
    {
        connection.Offset += count;
        _bytes += count;
    }

    private void AwaitArrival(Sample sample, TargetCounters before)
    {
        long patience = In(Patience);
        TargetCounters now = Target.Ask();
        while (now.Taken - before.Taken < _bytes && Stopwatch.GetTimestamp() < patience)
        {
            Thread.Sleep(1);
            now = Target.Ask();
        }
        sample.Mismatches += now.Mismatches - before.Mismatches;
        long missing = _bytes - (now.Taken - before.Taken);
        if (missing != 0)
        {
            sample.Mismatches++;
            sample.Note = $"{missing} bytes of the upload did not arrive";
        }
    }
}
