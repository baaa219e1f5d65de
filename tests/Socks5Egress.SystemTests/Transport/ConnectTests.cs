using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>What a connection attempt gives, over each transport.</summary>
public sealed class ConnectTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task A_closed_port_refuses(string name)
    {
        await using var transport = Transports.Create(name);
        using var bound = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        bound.Bind(Wire.AnyLoopbackPort);

        var connected = await transport.ConnectAsync((IPEndPoint)bound.LocalEndPoint!, null, null, Wire.Test);
        Assert.Null(connected.Leg);
        Assert.Equal(SocketError.ConnectionRefused, connected.Error);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task It_leaves_from_the_source_address(string name)
    {
        await using var transport = Transports.Create(name);
        using var listener = Wire.ListenPlain();

        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, IPAddress.Parse("127.0.0.9"), null, Wire.Test);
        await using var leg = connected.Leg!;
        using var target = await listener.AcceptAsync(Wire.Test);
        Assert.Equal(IPAddress.Parse("127.0.0.9"), ((IPEndPoint)target.RemoteEndPoint!).Address);
        Assert.Equal(target.RemoteEndPoint, leg.LocalEndPoint);
        Assert.Equal(target.LocalEndPoint, leg.RemoteEndPoint);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_source_address_that_is_not_ours_cannot_be_had(string name)
    {
        await using var transport = Transports.Create(name);
        using var listener = Wire.ListenPlain();

        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, IPAddress.Parse("192.0.2.1"), null, Wire.Test);
        Assert.Null(connected.Leg);
        Assert.Equal(SocketError.AddressNotAvailable, connected.Error);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_target_that_never_answers_is_given_up_when_told(string name)
    {
        await using var transport = Transports.Create(name);
        using var listener = Wire.ListenPlain(backlog: 0);
        var endpoint = (IPEndPoint)listener.LocalEndPoint!;
        // The queue holds one; the kernel drops the SYN of every further one
        using var filler = await Wire.DialAsync(endpoint);
        var fillers = await FillAsync(endpoint);

        using var cancellation = new CancellationTokenSource();
        var connecting = transport.ConnectAsync(endpoint, null, null, cancellation.Token).AsTask();
        Assert.False(connecting.IsCompleted);
        await cancellation.CancelAsync();
        var connected = await connecting.WaitAsync(Wire.Patience, Wire.Test);
        Assert.Null(connected.Leg);
        Assert.Equal(SocketError.OperationAborted, connected.Error);
        fillers.ForEach(static socket => socket.Dispose());
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task An_attempt_cancelled_before_it_begins_connects_to_nothing(string name)
    {
        await using var transport = Transports.Create(name);
        using var listener = Wire.ListenPlain();
        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, null, new CancellationToken(true));
        Assert.Equal(SocketError.OperationAborted, connected.Error);
        Assert.False(listener.Poll(0, SelectMode.SelectRead));
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_target_that_speaks_first_is_heard(string name)
    {
        await using var transport = Transports.Create(name);
        using var listener = Wire.ListenPlain();
        var connected = await transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, null, Wire.Test);
        await using var leg = connected.Leg!;
        using var target = await listener.AcceptAsync(Wire.Test);
        await target.SendAsync("220 ready"u8.ToArray(), Wire.Test);

        var read = await leg.Input.ReadAtLeastAsync(9, Wire.Test).AsTask().WaitAsync(Wire.Patience, Wire.Test);
        Assert.Equal(9, read.Buffer.Length);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task An_address_in_use_is_an_exception_of_listening(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        var exception = Assert.Throws<SocketException>(() => transport.Listen(acceptor.LocalEndPoint));
        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
    }

    private static async Task<List<Socket>> FillAsync(IPEndPoint endpoint)
    {
        var fillers = new List<Socket>();
        for (var pending = false; !pending;)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            fillers.Add(socket);
            var connecting = socket.ConnectAsync(endpoint);
            pending = await Task.WhenAny(connecting, Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, Wire.Test)) != connecting;
        }

        return fillers;
    }
}
