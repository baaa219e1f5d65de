using System.Buffers;
using Socks5Egress.Supervision;

namespace Socks5Egress.Logging;

/// <summary>
/// Bytes on their way to standard error, at most 1 MiB of them, written by one thread. Adding never waits: when there is no
/// room the line is dropped and counted. A reader that stops, a full disk, a closed descriptor cost lines and nothing else.
/// </summary>
/// <remarks>
/// Not the package's console logger: after one failed write its queue closes, and from then on every line is written, and
/// fails, on the thread that logs, which here may be the one that carries the traffic (ConsoleLoggerProcessor.WriteMessage and
/// EnqueueMessage in .NET 10).
/// </remarks>
internal sealed class LineQueue : IDisposable
{
    private const int SmallBuffer = 4 * 1024;
    private const int LargestKept = 64 * 1024;

    private static readonly TimeSpan FlushTime = TimeSpan.FromSeconds(1);

    // Lines that come close together go out in one write. Waking for each of them cost a busy gateway more than the writing
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(5);

    private readonly Lock _lock = new();
    // Without spinning: the next line may be seconds away, and the cores belong to the sessions
    private readonly ManualResetEventSlim _work = new(false, spinCount: 0);
    private readonly ManualResetEventSlim _stop = new(false, spinCount: 0);
    private readonly Stream _output;
    private readonly int _capacity;
    private readonly Action<IBufferWriter<byte>, long> _describeLoss;
    private readonly Thread _thread;
    private ArrayBufferWriter<byte> _pending = new(SmallBuffer);
    private ArrayBufferWriter<byte> _writing = new(SmallBuffer);
    private int _pendingLines;
    private long _dropped, _told;
    private bool _stopping;

    /// <param name="output">Where lines go. May block and may throw.</param>
    /// <param name="capacity">Bytes that may wait.</param>
    /// <param name="describeLoss">Writes a line that tells how many were lost since the last such line.</param>
    public LineQueue(Stream output, int capacity, Action<IBufferWriter<byte>, long> describeLoss)
    {
        _output = output;
        _capacity = capacity;
        _describeLoss = describeLoss;
        // In the background: a writer that hangs on a full pipe must not keep the process
        _thread = Supervisor.OfProcess.StartThread("log", Run);
    }

    /// <summary>Lines that were lost, for lack of room or because the write failed.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Takes a copy of a line, or drops it.</summary>
    public void Add(ReadOnlySpan<byte> line)
    {
        lock (_lock)
        {
            if (_stopping || _pending.WrittenCount + line.Length > _capacity)
            {
                Interlocked.Increment(ref _dropped);
                return;
            }
            _pending.Write(line);
            if (_pendingLines++ == 0) _work.Set();
        }
    }

    /// <summary>Writes what can be written within a second.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_stopping) return;
            _stopping = true;
            _stop.Set();
            _work.Set();
        }
        // The events stay undisposed when the thread hangs: it may still come back
        if (!_thread.Join(FlushTime)) return;
        _work.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        while (true)
        {
            _work.Wait();
            _stop.Wait(Gather);
            int lines;
            bool last;
            lock (_lock)
            {
                (_pending, _writing) = (_writing, _pending);
                (lines, _pendingLines) = (_pendingLines, 0);
                last = _stopping;
                if (!last) _work.Reset();
            }
            var lost = Dropped - _told;
            if (lost > 0) _describeLoss(_writing, lost);
            if (TryWrite(_writing.WrittenSpan)) _told += lost;
            else Interlocked.Add(ref _dropped, lines);

            // A burst leaves a large buffer behind; at rest it would only be memory
            if (_writing.Capacity > LargestKept) _writing = new ArrayBufferWriter<byte>(SmallBuffer);
            else _writing.ResetWrittenCount();
            if (last) return;
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> lines)
    {
        try
        {
            _output.Write(lines);
            _output.Flush();
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ObjectDisposedException or NotSupportedException)
        {
            return false;
        }
    }
}
