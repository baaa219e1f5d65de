using System.Collections.Concurrent;
using System.ComponentModel;
using System.IO.Pipelines;
using Socks5Egress.Supervision;

namespace Socks5Egress.Transport.Linux;

/// <summary>
/// One thread that waits on one epoll instance and runs whatever follows from it. Every call on a socket that it owns,
/// and every change of its tables, happens on this thread; other threads hand work over by <see cref="Schedule"/>.
/// </summary>
/// <remarks>
/// A turn is: wait, tell the sockets, run what was handed over, close what was given up. Closing last keeps a descriptor's number
/// from being reused while code of the same turn still holds it; an event for a socket that is gone is known by its generation.
/// </remarks>
internal sealed unsafe class EventLoop : PipeScheduler
{
    private const int EventsPerTurn = 256;

    // Deep enough for a session's chain of stages, far from the end of a stack
    private const int MaxInline = 16;

    private const int BufferLength = 64 * 1024;

    /// <summary>How long a turn works on what was handed over, in milliseconds.</summary>
    private const int LongestOfHandedOver = 10;

    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(10);

    private readonly record struct Work(Action<object?> Run, object? State);

    private readonly SocketTable _table = new();
    private readonly ConcurrentQueue<Work> _handedOver = new();
    private readonly List<int> _givenUp = [];
    private readonly byte[] _events = GC.AllocateArray<byte>(EventsPerTurn * EpollEvents.Size, pinned: true);
    private readonly int _epoll, _alarm;
    private readonly TimeProvider _time;
    private readonly Action<Exception> _report;
    private readonly Thread _thread;
    private byte[]? _records;
    private int _alarmed, _inline, _legs;
    private long _askedAt;
    private volatile bool _stop, _ended;

    /// <param name="name">The thread's name.</param>
    /// <param name="options">Read by the relays.</param>
    /// <param name="time">Where <see cref="Now"/> comes from.</param>
    /// <param name="report">Told of an exception that a callback let out: a bug, which must not take the other sessions along.</param>
    /// <exception cref="Win32Exception">No descriptor for epoll or eventfd.</exception>
    public EventLoop(string name, EpollOptions options, TimeProvider time, Action<Exception> report)
    {
        (_time, _report) = (time, report);
        Options = options;
        Pipes = new SplicePipes(options.Reserve);
        _epoll = Libc.EpollCreate(Libc.CloseOnExec);
        if (_epoll < 0) throw new Win32Exception(Errno.Last);
        _alarm = Libc.EventFd(0, Libc.CloseOnExec | Libc.NonBlocking);
        if (_alarm < 0) throw new Win32Exception(Errno.Last);

        // Edge-triggered: each write is an edge of its own, so the counter need never be read
        Control(add: true, _alarm, SocketReadiness.In | SocketReadiness.EdgeTriggered, SocketTable.NoSocket);
        Now = time.GetTimestamp();
        _thread = Supervisor.OfProcess.StartThread(name, Run, isEssential: true);
    }

    public EpollOptions Options { get; }

    /// <summary>The time at the start of this turn, as a timestamp: one look at the clock for all sessions of the turn.</summary>
    public long Now { get; private set; }

    /// <summary>Measures between timestamps.</summary>
    public TimeProvider Time => _time;

    /// <summary>Room for one receive, which nobody keeps past his call.</summary>
    public byte[] Buffer { get; } = GC.AllocateUninitializedArray<byte>(BufferLength, pinned: true);

    /// <summary>
    /// Room for what one receive becomes in the TLS library, which nobody keeps past his call: sealed, or decrypted behind the beginning of a record
    /// that came before.
    /// </summary>
    public byte[] Records => _records ??= GC.AllocateUninitializedArray<byte>(BufferLength + BufferLength / 4, pinned: true);

    /// <summary>Kernel pipes for the relays of this loop.</summary>
    public SplicePipes Pipes { get; }

    /// <summary>Which turn this is: a leg's budget is for one of them.</summary>
    public int Turn { get; private set; }

    /// <summary>Open legs, by which the least loaded loop is chosen. Any thread.</summary>
    public int Legs => Volatile.Read(ref _legs);

    /// <summary>Whether the caller is on this loop's thread.</summary>
    public bool IsCurrent => Thread.CurrentThread == _thread;

    /// <summary>The thread is gone: what is scheduled runs where it is scheduled, and no socket can be attached.</summary>
    public bool HasEnded => _ended;

    /// <summary>Whether it has answered the last question like this one, or was asked less than 10 s ago. Any thread.</summary>
    public bool IsTurning
    {
        get
        {
            var asked = Interlocked.CompareExchange(ref _askedAt, _time.GetTimestamp(), 0);
            if (asked == 0) Post(static s => Volatile.Write(ref ((EventLoop)s!)._askedAt, 0), this);
            return asked == 0 || _time.GetElapsedTime(asked) < LongestTurn;
        }
    }

    public void LegOpened() => Interlocked.Increment(ref _legs);

    public void LegClosed() => Interlocked.Decrement(ref _legs);

    /// <summary>Runs at once on this loop's thread, unless the stack is deep by now; from elsewhere, in the next turn.</summary>
    public override void Schedule(Action<object?> action, object? state)
    {
        if (!IsCurrent || _inline == MaxInline)
        {
            Post(action, state);
            return;
        }

        _inline++;
        try
        {
            action(state);
        }
        finally
        {
            _inline--;
        }
    }

    /// <summary>Runs in the next turn. Any thread.</summary>
    public void Post(Action<object?> action, object? state)
    {
        _handedOver.Enqueue(new Work(action, state));
        if (_ended) RunHandedOver(); // nobody else will; no socket is left that could be raced for
        else if (!IsCurrent && Interlocked.Exchange(ref _alarmed, 1) == 0) RaiseAlarm();
    }

    /// <summary>From here on the socket hears of its events. Returns errno, or 0.</summary>
    public int Attach(LoopSocket socket)
    {
        _table.Add(socket);
        const SocketReadiness interest =
            SocketReadiness.In | SocketReadiness.Urgent | SocketReadiness.Out | SocketReadiness.ReadHangUp | SocketReadiness.EdgeTriggered;
        var errno = Control(add: true, socket.Descriptor, interest, socket.Key);
        if (errno != 0) _table.Remove(socket);
        return errno;
    }

    /// <summary>Gives the events of one socket to another one that takes over its descriptor.</summary>
    public void Replace(LoopSocket socket, LoopSocket by) => _table.Replace(socket, by);

    /// <summary>The socket hears of nothing more, and its descriptor is closed at the end of this turn.</summary>
    public void Detach(LoopSocket socket)
    {
        _table.Remove(socket);
        CloseLater(socket.Descriptor);
    }

    /// <summary>Closes a descriptor at the end of this turn (which also takes it out of epoll).</summary>
    public void CloseLater(int descriptor)
    {
        if (_ended) Libc.Close(descriptor);
        else _givenUp.Add(descriptor);
    }

    /// <summary>Ends the loop and everything on it; returns when the thread has ended. Not to be called on a loop.</summary>
    public void Stop()
    {
        _stop = true;
        RaiseAlarm();
        _thread.Join();
    }

    private void Run()
    {
        fixed (byte* events = _events)
        {
            while (!_stop)
            {
                var count = Libc.EpollWait(_epoll, events, EventsPerTurn, _handedOver.IsEmpty ? -1 : 0);
                Now = _time.GetTimestamp();
                Turn++;
                for (var i = 0; i < count; i++) Tell(_events.AsSpan(i * EpollEvents.Size));
                RunHandedOver();
                CloseGivenUp();
            }
        }

        foreach (var socket in _table.Drain()) Guarded(static s => ((LoopSocket)s!).GiveUp(), socket);
        _ended = true;
        RunHandedOver();
        CloseGivenUp();
        Pipes.Close();
        Libc.Close(_alarm);
        Libc.Close(_epoll);
    }

    private void Tell(ReadOnlySpan<byte> one)
    {
        var socket = _table.Find(EpollEvents.KeyOf(one));
        if (socket is null) return;
        try
        {
            socket.OnReady(EpollEvents.ReadinessOf(one));
        }
        catch (Exception e)
        {
            // What state it is in now nobody knows
            _report(e);
            Guarded(static s => ((LoopSocket)s!).GiveUp(), socket);
        }
    }

    private void RunHandedOver()
    {
        // A full fence: were the queue read before this is seen, work could be queued without an alarm and without being found
        Interlocked.Exchange(ref _alarmed, 0);
        // What is handed over meanwhile waits for the next turn: no session keeps the loop to itself. What is too much for a turn waits, too:
        // thousands of handshakes that end at one deadline are no reason to keep the others waiting
        var until = Environment.TickCount64 + LongestOfHandedOver;
        for (var left = _handedOver.Count; left > 0 && _handedOver.TryDequeue(out var work); left--)
        {
            Guarded(work.Run, work.State);
            if (!_ended && Environment.TickCount64 >= until) break;
        }
    }

    private void Guarded(Action<object?> run, object? state)
    {
        try
        {
            run(state);
        }
        catch (Exception e)
        {
            _report(e);
        }
    }

    private void CloseGivenUp()
    {
        foreach (var descriptor in _givenUp) Libc.Close(descriptor);
        _givenUp.Clear();
    }

    private void RaiseAlarm()
    {
        ulong one = 1;
        Libc.Write(_alarm, (byte*)&one, sizeof(ulong));
    }

    private int Control(bool add, int descriptor, SocketReadiness interest, ulong key)
    {
        var one = stackalloc byte[EpollEvents.Size];
        EpollEvents.Write(new Span<byte>(one, EpollEvents.Size), interest, key);
        return Libc.EpollControl(_epoll, add ? 1 : 2, descriptor, one) == 0 ? 0 : Errno.Last;
    }
}
