using System.Buffers.Binary;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.Hosting;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Socks5Egress.Transport.Sockets;

namespace Socks5Egress.Benchmarks;

/// <summary>What carries the bytes of a benchmark.</summary>
public enum Way
{
    /// <summary>Two sockets and two asynchronous copy loops: what the runtime costs without a gateway.</summary>
    Bare,

    /// <summary>The gateway on the .NET socket engine.</summary>
    Sockets,

    /// <summary>The gateway on epoll loops.</summary>
    Epoll,
}

/// <summary>
/// A gateway in this process, listening on loopback, and a target behind it that sends as many bytes as it is asked for in
/// four. The gateway is composed as <c>run</c> composes it, without the admin address and with logging off.
/// </summary>
internal sealed class RelayRig : IAsyncDisposable
{
    private static readonly byte[] Bytes = new byte[1024 * 1024];

    private readonly Socket _target = Listening();
    private readonly CancellationTokenSource _stop = new();
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ITransport? _transport;
    private readonly SessionTable? _sessions;
    private readonly Resolver? _resolver;
    private readonly Task _accepting;
    private readonly IPEndPoint _address;

    // As Main does; the engine reads it at the first use of a socket
    static RelayRig() => Environment.SetEnvironmentVariable("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", "1");

    public RelayRig(Way way)
    {
        _ = Task.Run(ServeTargetAsync);
        if (way == Way.Bare)
        {
            var listener = Listening();
            _address = (IPEndPoint)listener.LocalEndPoint!;
            _accepting = BareRelay.ServeAsync(listener, (IPEndPoint)_target.LocalEndPoint!, _stop.Token);
            return;
        }

        var time = TimeProvider.System;
        var settings = ConfigurationLoader.Load(new ConfigurationLayer(), null, new Dictionary<string, string>
        {
            ["SOCKS5EGRESS_Listen"] = "127.0.0.1:0",
            ["SOCKS5EGRESS_Policy__Allow__0"] = "127.0.0.0/8",
        }, onTerminal: false).Settings!;
        _transport = way == Way.Epoll
            ? new EpollTransport(new EpollOptions(), time, static fault => Environment.FailFast("A loop failed.", fault))
            : new SocketsTransport(DescriptorReserve.None, time);
        var opening = new BoundListener(_transport.Listen(settings.Listeners[0].EndPoint), settings.Listeners[0]);
        _address = opening.Acceptor.LocalEndPoint;
        _sessions = GatewayServices.Sessions(settings, descriptors: 20_000, Supervisor.OfProcess);
        _resolver = Resolvers.Of(settings.Dial, descriptors: 20_000, Supervisor.OfProcess);
        var meters = new Meters(_services.GetRequiredService<IMeterFactory>());
        var stages = GatewayServices.Stages(
            settings, GatewayServices.Rulebooks([opening], null, _sessions, new Certificates(), time), _transport, _resolver,
            GatewayServices.Ceiling(settings, NullLogger.Instance), new Hairpins(), meters, NullLogger.Instance, time);
        _accepting = GatewayServices.AcceptLoops([opening], stages, new SessionFactory(_sessions, new CommandTable()))[0].RunAsync(_stop.Token);
        Socks = true;
    }

    private bool Socks { get; }

    /// <summary>A connection that leads to the target, its handshake done.</summary>
    public Socket Open()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Connect(_address);
        if (!Socks) return socket;

        Span<byte> answer = stackalloc byte[10];
        var port = ((IPEndPoint)_target.LocalEndPoint!).Port;
        socket.Send([5, 1, 0]);
        ReceiveAll(socket, answer[..2]);
        socket.Send([5, 1, 0, 1, 127, 0, 0, 1, (byte)(port >> 8), (byte)port]);
        ReceiveAll(socket, answer);
        return answer[1] == 0 ? socket : throw new InvalidOperationException($"The gateway refused with {answer[1]}.");
    }

    /// <summary>Asks the target for bytes and takes them.</summary>
    public static void Fetch(Socket socket, Span<byte> bytes)
    {
        Span<byte> request = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(request, bytes.Length);
        socket.Send(request);
        ReceiveAll(socket, bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _target.Dispose();
        await _accepting;
        _sessions?.EndAll(EndReason.Stopped);
        if (_transport is not null) await _transport.DisposeAsync();
        _sessions?.Dispose();
        _resolver?.Dispose();
        await _services.DisposeAsync();
        _stop.Dispose();
    }

    private static Socket Listening()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen();
        return socket;
    }

    private static void ReceiveAll(Socket socket, Span<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            var count = socket.Receive(bytes);
            if (count == 0) throw new InvalidOperationException("The connection ended too early.");
            bytes = bytes[count..];
        }
    }

    private async Task ServeTargetAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            Socket peer;
            try
            {
                peer = await _target.AcceptAsync();
            }
            catch (SocketException)
            {
                return;
            }
            _ = Task.Run(() => SendOnRequestAsync(peer));
        }
    }

    private static async Task SendOnRequestAsync(Socket peer)
    {
        using var socket = peer;
        socket.NoDelay = true;
        var request = new byte[4];
        try
        {
            while (await socket.ReceiveAsync(request) == request.Length)
                await socket.SendAsync(Bytes.AsMemory(0, BinaryPrimitives.ReadInt32LittleEndian(request)));
        }
        catch (SocketException)
        {
            // The benchmark is over: its connections are reset
        }
    }
}
