using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>How the other side ended a connection.</summary>
internal enum Ending
{
    /// <summary>In order.</summary>
    Fin,

    /// <summary>RST.</summary>
    Reset,
}

/// <summary>One TCP connection, either end, byte by byte. Every wait has a deadline.</summary>
internal sealed class RawConnection : IDisposable
{
    private int _sending;
    private volatile bool _sendMetReset;

    public RawConnection(Socket socket)
    {
        Socket = socket;
        socket.NoDelay = true;
        Local = (IPEndPoint)socket.LocalEndPoint!;
        Remote = (IPEndPoint)socket.RemoteEndPoint!;
        Opened = TimeProvider.System.GetUtcNow();
    }

    public Socket Socket { get; }

    public IPEndPoint Local { get; }

    public IPEndPoint Remote { get; }

    /// <summary>When it was opened, at the latest. A port may have been another connection's before.</summary>
    public DateTimeOffset Opened { get; }

    public static async Task<RawConnection> ConnectAsync(EndPoint remote, IPAddress? source = null, int? receiveBuffer = null)
    {
        var socket = new Socket(remote.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // Only before the connection is there does it bound the window
            if (receiveBuffer is { } bytes) socket.ReceiveBufferSize = bytes;
            if (source is not null) socket.Bind(new IPEndPoint(source, 0));
            using var deadline = Deadline.Token();
            await socket.ConnectAsync(remote, deadline.Token);
            return new RawConnection(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>All bytes in one call: one segment when they fit.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        Interlocked.Increment(ref _sending);
        try
        {
            while (bytes.Length > 0) bytes = bytes[await Socket.SendAsync(bytes, SocketFlags.None, deadline.Token)..];
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
        {
            _sendMetReset = true;
            throw;
        }
        finally
        {
            Interlocked.Decrement(ref _sending);
        }
    }

    /// <summary>Each byte in a segment of its own, with time between for the other side to read it.</summary>
    public async Task SendApartAsync(ReadOnlyMemory<byte> bytes)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            await SendAsync(bytes.Slice(i, 1));
            await Task.Delay(TimeSpan.FromMilliseconds(2));
        }
    }

    /// <summary>Exactly so many bytes.</summary>
    /// <exception cref="EndOfStreamException">The other side closed before.</exception>
    public async Task<byte[]> ReceiveAsync(int count, TimeSpan? limit = null)
    {
        var bytes = new byte[count];
        using var deadline = Deadline.Token(limit);
        for (var have = 0; have < count;)
        {
            var got = await Socket.ReceiveAsync(bytes.AsMemory(have), SocketFlags.None, deadline.Token);
            if (got == 0) throw new EndOfStreamException($"FIN after {have} of {count} bytes: {Convert.ToHexString(bytes, 0, Math.Min(have, 64))}");
            have += got;
        }
        return bytes;
    }

    /// <summary>What is there now, up to the length of <paramref name="buffer"/>; 0 after a FIN.</summary>
    public async Task<int> ReceiveSomeAsync(Memory<byte> buffer, TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        return await Socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token);
    }

    /// <summary>Everything up to the end, and which end it was.</summary>
    public async Task<(byte[] Bytes, Ending Ending)> ReceiveToEndAsync(TimeSpan? limit = null)
    {
        using var deadline = Deadline.Token(limit);
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        try
        {
            while (await Socket.ReceiveAsync(buffer, SocketFlags.None, deadline.Token) is > 0 and var got) all.Write(buffer, 0, got);
            return (all.ToArray(), await SendMetResetAsync() ? Ending.Reset : Ending.Fin);
        }
        catch (SocketException error) when (error.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
        {
            return (all.ToArray(), Ending.Reset);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"The connection did not end; {all.Length} bytes came.");
        }
    }

    /// <summary>The kernel tells a reset once. When a send beside a receive was told, the receive finds what looks like a FIN.</summary>
    private async Task<bool> SendMetResetAsync()
    {
        // A send on a connection that is no more is over at once, but it may not have said so yet
        if (Volatile.Read(ref _sending) > 0 && SocketOptions.IsClosed(Socket))
            await Deadline.UntilAsync(() => Volatile.Read(ref _sending) == 0, () => "A send on a closed connection does not end");
        return _sendMetReset;
    }

    /// <summary>Everything that still comes is this, and the end is that one.</summary>
    public async Task AssertRestAsync(byte[] expected, Ending expectedEnding, TimeSpan? limit = null)
    {
        var (bytes, ending) = await ReceiveToEndAsync(limit);
        Assert.Equal(expected, bytes);
        Assert.Equal(expectedEnding, ending);
    }

    /// <summary>FIN; receiving goes on.</summary>
    public void Finish() => Socket.Shutdown(SocketShutdown.Send);

    /// <summary>RST.</summary>
    public void Reset() => Socket.Close(0);

    public void Dispose() => Socket.Dispose();
}
