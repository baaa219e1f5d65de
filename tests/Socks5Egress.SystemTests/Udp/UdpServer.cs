using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Udp;

/// <summary>Answers each datagram; whom it has heard, and from how many ports, can be asked.</summary>
internal sealed class UdpServer : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly Task _serving;
    private readonly Lock _gate = new();
    private readonly List<(IPEndPoint From, byte[] Data)> _heard = [];

    private UdpServer(IPAddress address, Func<byte[], byte[]> answer)
    {
        _socket = UdpClientOfTest.New(address);
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _serving = ServeAsync(answer);
    }

    public IPEndPoint EndPoint { get; }

    public IReadOnlyList<(IPEndPoint From, byte[] Data)> Heard
    {
        get
        {
            lock (_gate) return [.. _heard];
        }
    }

    public static UdpServer Start(string name, string address = "127.0.0.1") =>
        new(IPAddress.Parse(address), data => [.. System.Text.Encoding.ASCII.GetBytes(name), .. data]);

    /// <summary>As a DNS server: every question for an IPv4 address is answered with 192.0.2.1.</summary>
    public static UdpServer Dns() => new(IPAddress.Loopback, question =>
    {
        var end = 12;
        while (question[end] != 0) end += question[end] + 1;
        end += 5;
        return [.. question[..2], 0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0, .. question[12..end], 0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
    });

    /// <summary>Sends of its own accord.</summary>
    public async Task SendAsync(IPEndPoint to, byte[] data) => await _socket.SendToAsync(data, SocketFlags.None, to);

    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _serving;
    }

    private async Task ServeAsync(Func<byte[], byte[]> answer)
    {
        var buffer = new byte[65536];
        try
        {
            while (true)
            {
                var got = await _socket.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0));
                var data = buffer[..got.ReceivedBytes];
                lock (_gate) _heard.Add(((IPEndPoint)got.RemoteEndPoint, data));
                await _socket.SendToAsync(answer(data), SocketFlags.None, got.RemoteEndPoint);
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Disposed
        }
    }
}
