using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>Takes one datagram. What it is handed is gone when the task ends.</summary>
/// <param name="buffer"><see cref="UdpSocket.Room"/> bytes for a header, then the data.</param>
/// <param name="from">Where it came from.</param>
internal delegate ValueTask Receiver(Memory<byte> buffer, IPEndPoint from);

/// <summary>One UDP socket and the loop that reads it.</summary>
internal sealed class UdpSocket : IDisposable
{
    /// <summary>Bytes in front of every datagram received: for a header, without a copy.</summary>
    public const int Room = Socks5Egress.Protocol.Socks5.UdpHeader.MaxWrittenLength;

    /// <summary>The largest datagram that UDP can carry fits.</summary>
    private const int Largest = 64 * 1024;

    /// <summary>Datagrams in a row; then the other work of the thread has its turn.</summary>
    private const int MostInARow = 64;

    private readonly Socket _socket;

    /// <param name="address">Where to send from and receive at; the port is any.</param>
    /// <exception cref="SocketException">The address cannot be had, or there are no descriptors.</exception>
    public UdpSocket(IPAddress address)
    {
        _socket = DescriptorReserve.OfProcess.Admit(new Socket(address.AddressFamily, SocketType.Dgram, ProtocolType.Udp));
        try
        {
            _socket.Bind(new IPEndPoint(address, 0));
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
    }

    /// <summary>Where it receives.</summary>
    public IPEndPoint LocalEndPoint => (IPEndPoint)_socket.LocalEndPoint!;

    /// <summary>Hands every datagram to <paramref name="receiver"/> until it is disposed.</summary>
    public async Task ReceiveAsync(Receiver receiver)
    {
        var any = new IPEndPoint(_socket.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any, 0);
        try
        {
            for (var count = 1; ; count++)
            {
                // What has come is received at once, so a sender who keeps up would hold the thread
                if (count % MostInARow == 0) await default(PoolTurn);
                try
                {
                    // Waits without a buffer, and takes nothing off the socket: an idle association holds none
                    await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None);
                    await ReceiveOneAsync(receiver, any);
                }
                catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionRefused or SocketError.MessageSize)
                {
                    // An answer by ICMP to something sent earlier: UDP loses datagrams, and says no more than that
                }
            }
        }
        catch (Exception error) when (error is ObjectDisposedException or SocketException)
        {
            // Disposed: the association is over
        }
    }

    private async ValueTask ReceiveOneAsync(Receiver receiver, IPEndPoint any)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Room + Largest);
        try
        {
            var received = await _socket.ReceiveFromAsync(buffer.AsMemory(Room, Largest), SocketFlags.None, any);
            await receiver(buffer.AsMemory(0, Room + received.ReceivedBytes), (IPEndPoint)received.RemoteEndPoint);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <returns>False when the system did not take it: too large, or no way there. UDP loses datagrams.</returns>
    public async ValueTask<bool> SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint to)
    {
        try
        {
            await _socket.SendToAsync(datagram, SocketFlags.None, to);
            return true;
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();
}
