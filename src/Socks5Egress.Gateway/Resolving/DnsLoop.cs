using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>A socket that the loop watches. Everything here runs on the loop's thread.</summary>
internal abstract class LoopChannel : IDisposable
{
    /// <summary>Does not block.</summary>
    public abstract Socket Socket { get; }

    /// <summary>It waits to write, not to read.</summary>
    public abstract bool WaitsToWrite { get; }

    /// <summary>It can go on.</summary>
    public abstract void OnReady();

    public abstract void Dispose();
}

/// <summary>
/// The thread of all DNS sockets and their timers. It waits for nothing else: neither a starved thread pool nor a busy event loop delays an
/// answer. Nothing that runs here blocks; an exception is reported, and the loop goes on.
/// </summary>
internal sealed class DnsLoop : IDisposable
{
    private const string Name = "dns";

    private static readonly TimeSpan PauseOfFailure = TimeSpan.FromMilliseconds(50);
    private readonly ManualResetEventSlim _pause = new(false, spinCount: 0);
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly Dictionary<Socket, LoopChannel> _channels = [];
    private readonly List<Socket> _readable = [], _writable = [], _failed = [];
    private readonly Socket _alarm;
    private readonly byte[] _drained = new byte[16];
    private readonly Supervisor _supervisor;
    private readonly Thread _thread;
    private int _alarmed;
    private volatile bool _stop;

    /// <param name="supervisor">Starts the thread, and is told of exceptions.</param>
    /// <exception cref="SocketException">There is no loopback, or no descriptor.</exception>
    public DnsLoop(Supervisor supervisor)
    {
        _supervisor = supervisor;
        _alarm = OpenAlarm();
        Timers = new LoopTimers(Wake);
        _thread = supervisor.StartThread(Name, Run, isEssential: true);
    }

    /// <summary>The clock of everything that runs here.</summary>
    public LoopTimers Timers { get; }

    /// <summary>Room for one datagram, which nobody keeps past his call.</summary>
    public byte[] Buffer { get; } = new byte[ushort.MaxValue];

    /// <summary>Runs work on the loop's thread, soon. Any thread.</summary>
    public void Post(Action work)
    {
        _posted.Enqueue(work);
        Wake();
    }

    /// <summary>From here on the channel hears when its socket is ready.</summary>
    public void Add(LoopChannel channel) => _channels.Add(channel.Socket, channel);

    /// <summary>Closes the channel's socket.</summary>
    public void Remove(LoopChannel channel)
    {
        _channels.Remove(channel.Socket);
        channel.Socket.Dispose();
    }

    /// <summary>Ends the loop; what is under way is never answered.</summary>
    public void Dispose()
    {
        _stop = true;
        Wake();
        if (Thread.CurrentThread != _thread) _thread.Join();
    }

    /// <summary>A datagram socket that is connected to itself: only this process can write to it.</summary>
    private static Socket OpenAlarm()
    {
        try
        {
            return Open(IPAddress.Loopback);
        }
        catch (SocketException)
        {
            return Open(IPAddress.IPv6Loopback);
        }

        static Socket Open(IPAddress address)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp) { Blocking = false };
            try
            {
                socket.Bind(new IPEndPoint(address, 0));
                socket.Connect(socket.LocalEndPoint!);
                return socket;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
    }

    private void Wake()
    {
        if (Thread.CurrentThread == _thread || Interlocked.Exchange(ref _alarmed, 1) != 0) return;
        _alarm.Send([1], SocketFlags.None, out var error);
        if (error != SocketError.Success) Interlocked.Exchange(ref _alarmed, 0);
    }

    private void Run()
    {
        while (!_stop)
        {
            var wait = Timers.Run((callback, state) => Guarded(() => callback(state)));
            Select(_posted.IsEmpty ? wait : TimeSpan.Zero);
            // What is posted meanwhile waits for the next turn
            for (var left = _posted.Count; left > 0 && _posted.TryDequeue(out var work); left--) Guarded(work);
        }
        // Not the alarm: others may be about to raise it
        foreach (var channel in _channels.Values) channel.Socket.Dispose();
    }

    private void Select(TimeSpan? wait)
    {
        _readable.Clear();
        _writable.Clear();
        _failed.Clear();
        _readable.Add(_alarm);
        foreach (var channel in _channels.Values)
        {
            (channel.WaitsToWrite ? _writable : _readable).Add(channel.Socket);
            // What an ICMP message says is told here alone
            _failed.Add(channel.Socket);
        }
        try
        {
            // Rounded up to a millisecond, the unit of poll(2): less would be no wait, and spin
            Socket.Select(_readable, _writable, _failed, wait is { } left ? TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)) : Timeout.InfiniteTimeSpan);
        }
        catch (SocketException exception)
        {
            _supervisor.Report(Name, exception);
            _pause.Wait(PauseOfFailure);
            return;
        }
        foreach (var socket in _readable.Concat(_writable).Concat(_failed))
        {
            if (_channels.TryGetValue(socket, out var channel)) Guarded(channel.OnReady);
            else if (socket == _alarm) Drain();
        }
    }

    private void Drain()
    {
        // Before what was posted is looked at: what is posted behind that raises the alarm again
        _alarm.Receive(_drained, SocketFlags.None, out _);
        Interlocked.Exchange(ref _alarmed, 0);
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception exception)
        {
            _supervisor.Report(Name, exception);
        }
    }
}
