using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>A client and a target, plain sockets both, with a relay of one transport between them.</summary>
internal sealed class RelayedPair : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly CancellationTokenSource _stop = new();

    private RelayedPair(ITransport transport, Socket client, Socket target)
    {
        (_transport, Client, Target) = (transport, client, target);
    }

    /// <summary>How bytes may be carried: by each transport's own relay, and by the pipes of epoll legs.</summary>
    public static TheoryData<string> Ways
    {
        get
        {
            var ways = Transports.All;
            if (OperatingSystem.IsLinux()) ways.Add("epoll through pipes");
            return ways;
        }
    }

    public Socket Client { get; }

    public Socket Target { get; }

    public Traffic Traffic { get; } = new();

    public ILeg ClientLeg { get; private set; } = null!;

    public ILeg TargetLeg { get; private set; } = null!;

    public Task<RelayOutcome> End { get; private set; } = null!;

    public static async Task<RelayedPair> StartAsync(string way, byte[]? early = null)
    {
        var transport = Transports.Create(way.Replace(" through pipes", "", StringComparison.Ordinal));
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var listener = Wire.ListenPlain();
        var client = await Wire.DialAsync(acceptor.LocalEndPoint);
        var clientLeg = await acceptor.AcceptLegAsync();
        if (early is not null) await BufferAsync(client, clientLeg, early);
        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, clientLeg, Wire.Test);
        Assert.Equal(SocketError.Success, connected.Error);
        var target = await listener.AcceptAsync(Wire.Test);

        var pair = new RelayedPair(transport, client, target) { ClientLeg = clientLeg, TargetLeg = connected.Leg! };
        pair.End = way.EndsWith("pipes", StringComparison.Ordinal)
            ? PipeRelay.RunAsync(clientLeg, connected.Leg!, pair.Traffic, TimeProvider.System, pair._stop.Token)
            : clientLeg.TryRelay(connected.Leg!, pair.Traffic, pair._stop.Token)!;
        Assert.NotNull(pair.End);
        return pair;
    }

    public (Socket This, Socket Other) Ends(bool ofClient) => ofClient ? (Client, Target) : (Target, Client);

    public void Stop() => _stop.Cancel();

    public Task<RelayOutcome> EndAsync() => End.WaitAsync(Wire.Patience, Wire.Test);

    /// <summary>So many bytes in each direction, checked.</summary>
    public async Task ExchangeAsync(int bytes)
    {
        var sent = Wire.RandomBytes(bytes, seed: bytes);
        await Client.SendAsync(sent, Wire.Test);
        Assert.Equal(sent, await Target.ReadExactlyAsync(bytes));
        await Target.SendAsync(sent, Wire.Test);
        Assert.Equal(sent, await Client.ReadExactlyAsync(bytes));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Client.Dispose();
        Target.Dispose();
        await _transport.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Leaves bytes in the leg's input, all examined and none consumed: as a request that came with its first data would.</summary>
    private static async Task BufferAsync(Socket client, ILeg leg, byte[] early)
    {
        await client.SendAsync(early, Wire.Test);
        while (true)
        {
            var read = await leg.Input.ReadAsync(Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
            leg.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (read.Buffer.Length == early.Length) return;
        }
    }
}
