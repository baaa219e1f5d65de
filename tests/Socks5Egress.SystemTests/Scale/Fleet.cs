using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Gateways on addresses of their own, as machines of a fleet are; each can be restarted where it was.</summary>
internal sealed class Fleet : IAsyncDisposable
{
    private static int s_made;

    private readonly GatewayStart[] _starts;
    private readonly GatewayProcess[] _running;

    private Fleet(GatewayStart[] starts, IPEndPoint[] listen, IPEndPoint[] admin)
    {
        (_starts, Listen, Admin) = (starts, listen, admin);
        _running = new GatewayProcess[starts.Length];
    }

    public IReadOnlyList<IPEndPoint> Listen { get; }

    public IReadOnlyList<IPEndPoint> Admin { get; }

    /// <summary>What <c>--via</c> names: all of them.</summary>
    public string Via => string.Join(',', Listen.Select(endpoint => "socks5://" + endpoint));

    public GatewayProcess this[int index] => _running[index];

    /// <summary>Starts so many, each with these options.</summary>
    public static async Task<Fleet> StartAsync(int size, params string[] options)
    {
        var machines = Enumerable.Range(0, size).Select(_ => NextMachine()).ToArray();
        IPEndPoint[] listen = [.. machines.Select(FreePort)], admin = [.. machines.Select(FreePort)];
        var fleet = new Fleet(
            [.. Enumerable.Range(0, size).Select(i => new GatewayStart
            {
                Transport = "auto",
                Options = [.. GatewayProcess.OpenLoopback, "--listen", listen[i].ToString(), "--admin", admin[i].ToString(), "--drain-delay", "1s", .. options],
            })],
            listen, admin);
        for (var i = 0; i < size; i++) fleet._running[i] = await GatewayProcess.StartAsync(fleet._starts[i]);
        return fleet;
    }

    /// <summary>Stops one in order, as a deploy does, and starts it again where it was.</summary>
    public async Task RestartAsync(int index)
    {
        Assert.Equal(0, await _running[index].StopAsync());
        await _running[index].DisposeAsync();
        _running[index] = await GatewayProcess.StartAsync(_starts[index]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var gateway in _running.Where(gateway => gateway is not null)) await gateway.DisposeAsync();
    }

    /// <summary>127.0.64.1 and up: a machine has its ports to itself, so that one that is free stays free over a restart.</summary>
    public static IPAddress NextMachine() => new(new byte[] { 127, 0, 64, (byte)Interlocked.Increment(ref s_made) });

    public static IPEndPoint FreePort(IPAddress machine)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(machine, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
