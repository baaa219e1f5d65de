using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// One attacker, eight victims: eight echo sessions and a stream of new connections through a gateway, measured while somebody else does
/// something to it. Everybody has a thread and blocking sockets of their own, so that what is measured is the gateway.
/// </summary>
/// <remarks>
/// A ninth pair echoes past the gateway. Its worst time is the machine's own, and is allowed on top of every bound; and where the gateway's
/// threads got only a part of the processor time that they were ready for, the bounds grow by as much.
/// </remarks>
internal sealed class EightVictims : IDisposable
{
    private const int Count = 8;

    /// <summary>Between two questions of a victim.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(4);

    private readonly Socket _echo = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly IPEndPoint _gateway;
    private readonly GatewayProcess _process;
    private readonly byte[]? _login;
    private readonly List<TimeSpan> _echoes = [], _connects = [], _direct = [];
    private readonly List<Exception> _faults = [];

    /// <param name="gateway">Where they are served.</param>
    /// <param name="login">What they log in with, where the gateway asks for it. It has to be right.</param>
    public EightVictims(GatewayProcess gateway, byte[]? login = null)
    {
        (_gateway, _process, _login) = (gateway.EndPoint, gateway, login);
        _echo.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _echo.Listen(512);
        Run(Accept);
    }

    /// <summary>What the victims' sessions lead to.</summary>
    public IPEndPoint EndPoint => (IPEndPoint)_echo.LocalEndPoint!;

    /// <summary>A thread that ends quietly when the other side, or the test, has ended its connection.</summary>
    public static Thread Run(Action work)
    {
        var thread = new Thread(() =>
        {
            try
            {
                work();
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException or IOException)
            {
                // It was ended from the other side
            }
        }) { IsBackground = true };
        thread.Start();
        return thread;
    }

    /// <summary>A bare connection.</summary>
    public static Socket Connect(IPEndPoint to, IPAddress? source = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 30_000 };
        if (source is not null) socket.Bind(new IPEndPoint(source, 0));
        socket.Connect(to);
        return socket;
    }

    /// <summary>A SOCKS5 connection through the gateway; its reply is read.</summary>
    public static Socket Open(IPEndPoint gateway, byte[] request, out byte reply, IPAddress? source = null, byte[]? login = null)
    {
        var socket = Connect(gateway, source);
        socket.Send(Socks5.Greeting(login is null ? Socks5.NoAuthentication : Socks5.UserPassword));
        Receive(socket, new byte[2]);
        if (login is not null)
        {
            socket.Send(login);
            Receive(socket, new byte[2]);
        }
        socket.Send(request);
        var answer = new byte[10];
        Receive(socket, answer);
        reply = answer[1];
        return socket;
    }

    /// <summary>Measures while <paramref name="attack"/> runs, again and again, on each of some threads, and holds the bounds of docs/limits.</summary>
    /// <param name="attack">Does its worst until told to stop.</param>
    /// <param name="attackers">How many threads do.</param>
    /// <param name="duration">How long the victims are measured.</param>
    public void AssertServed(Action<CancellationToken> attack, int attackers, TimeSpan duration)
    {
        var sessions = Enumerable.Range(0, Count).Select(_ => OpenEcho()).ToList();
        using var stop = new CancellationTokenSource();
        var token = stop.Token;
        var threads = Enumerable.Range(0, attackers).Select(_ => Run(() => Attack(attack, token))).ToList();
        // It has begun, and its first handshakes are over
        Thread.Sleep(TimeSpan.FromMilliseconds(200));
        var load = new Overload(_process);
        var until = Stopwatch.GetTimestamp() + (long)(duration.TotalSeconds * Stopwatch.Frequency);
        List<Thread> victims = [.. sessions.Select(session => Victim(() => Echo(until, session, _echoes)))];
        victims.Add(Victim(() => Echo(until, Direct(), _direct)));
        victims.Add(Victim(() => OpenAnew(until)));
        foreach (var victim in victims) victim.Join();
        var overload = load.Factor();
        stop.Cancel();
        foreach (var thread in threads) thread.Join(TimeSpan.FromSeconds(10));

        Assert.Empty(_faults);
        var (p99, worst, connect, machine) = (At(_echoes, 0.99), At(_echoes, 1), At(_connects, 1), At(_direct, 1));
        TestContext.Current.SendDiagnosticMessage(
            $"{TestContext.Current.Test?.TestDisplayName}: p99 {p99:F1} ms, worst {worst:F1} ms of {_echoes.Count}; connect worst {connect:F1} ms of {_connects.Count}; machine {machine:F1} ms, overload {overload:F1}");
        Assert.True(p99 <= 100 * overload + machine, $"p99 {p99:F0} ms, machine {machine:F0} ms, overload {overload:F1}");
        Assert.True(worst <= 500 * overload + machine, $"worst {worst:F0} ms, machine {machine:F0} ms, overload {overload:F1}");
        Assert.True(connect <= 500 * overload + machine, $"new connection {connect:F0} ms, machine {machine:F0} ms, overload {overload:F1}");
    }

    public void Dispose() => _echo.Dispose();

    private static void Attack(Action<CancellationToken> attack, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                attack(stop);
            }
            catch (Exception error) when (error is SocketException or IOException)
            {
                // The gateway has ended it: the next one
            }
        }
    }

    private static double At(List<TimeSpan> times, double share)
    {
        times.Sort();
        return times[(int)((times.Count - 1) * share)].TotalMilliseconds;
    }

    private static void Receive(Socket socket, byte[] into)
    {
        for (var have = 0; have < into.Length;)
        {
            var got = socket.Receive(into, have, into.Length - have, SocketFlags.None);
            if (got == 0) throw new EndOfStreamException();
            have += got;
        }
    }

    private Thread Victim(Action work) => Run(() =>
    {
        try
        {
            work();
        }
        catch (Exception error)
        {
            lock (_faults) _faults.Add(error);
        }
    });

    private static void Echo(long until, Socket socket, List<TimeSpan> all)
    {
        using var closing = socket;
        var bytes = new byte[64];
        List<TimeSpan> times = [];
        while (Stopwatch.GetTimestamp() < until)
        {
            var began = Stopwatch.GetTimestamp();
            socket.Send(bytes);
            Receive(socket, bytes);
            times.Add(Stopwatch.GetElapsedTime(began));
            Thread.Sleep(Pace);
        }
        lock (all) all.AddRange(times);
    }

    private Socket OpenEcho() => Open(_gateway, Socks5.Connect(EndPoint), out _, login: _login);

    private Socket Direct() => Connect(EndPoint);

    private void OpenAnew(long until)
    {
        while (Stopwatch.GetTimestamp() < until)
        {
            var began = Stopwatch.GetTimestamp();
            using var socket = Open(_gateway, Socks5.Connect(EndPoint), out _, login: _login);
            socket.Send([1]);
            Receive(socket, new byte[1]);
            _connects.Add(Stopwatch.GetElapsedTime(began));
            Thread.Sleep(TimeSpan.FromMilliseconds(20));
        }
    }

    private void Accept()
    {
        while (true)
        {
            var peer = _echo.Accept();
            peer.NoDelay = true;
            Run(() =>
            {
                using (peer)
                {
                    var buffer = new byte[4096];
                    while (peer.Receive(buffer) is > 0 and var got) peer.Send(buffer.AsSpan(0, got));
                }
            });
        }
    }
}
