using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Udp;

/// <summary>One association: the control connection, and the datagrams of RFC 1928 section 7 written here anew.</summary>
internal sealed class UdpClientOfTest : IDisposable
{
    private readonly Socket _socket;

    private UdpClientOfTest(RawConnection control, IPEndPoint relay, Socket socket) => (Control, Relay, _socket) = (control, relay, socket);

    public RawConnection Control { get; }

    /// <summary>Where the reply says that datagrams go.</summary>
    public IPEndPoint Relay { get; }

    public static async Task<UdpClientOfTest> OpenAsync(GatewayProcess gateway, byte[]? request = null)
    {
        var (control, reply) = await RawClient.RequestAsync(gateway, request ?? Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0));
        Assert.Equal(ReplyCode.Succeeded, reply.Code);
        return new UdpClientOfTest(control, reply.Bound, New(IPAddress.Loopback));
    }

    public static Socket New(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    }

    public static byte[] Header(IPEndPoint target, byte fragment = 0) =>
        [0, 0, fragment, Socks5.IPv4, .. target.Address.GetAddressBytes(), (byte)(target.Port >> 8), (byte)target.Port];

    public static byte[] Header(string name, int port) =>
        [0, 0, 0, Socks5.Name, (byte)name.Length, .. System.Text.Encoding.ASCII.GetBytes(name), (byte)(port >> 8), (byte)port];

    public Task SendAsync(IPEndPoint target, byte[] data) => SendRawAsync([.. Header(target), .. data]);

    public async Task SendRawAsync(byte[] datagram, Socket? from = null) => await (from ?? _socket).SendToAsync(datagram, SocketFlags.None, Relay);

    /// <summary>The next datagram: where it says it comes from, and its data.</summary>
    public async Task<(IPEndPoint Source, byte[] Data)> ReceiveAsync(TimeSpan? limit = null)
    {
        var bytes = await ReceiveRawAsync(_socket, limit);
        Assert.Equal([0, 0, 0, Socks5.IPv4], bytes[..4]);
        return (new IPEndPoint(new IPAddress(bytes.AsSpan(4, 4)), (bytes[8] << 8) + bytes[9]), bytes[10..]);
    }

    public static async Task<byte[]> ReceiveRawAsync(Socket socket, TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        var buffer = new byte[65536];
        return buffer[..(await socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), deadline.Token)).ReceivedBytes];
    }

    public void Dispose()
    {
        Control.Dispose();
        _socket.Dispose();
    }
}
