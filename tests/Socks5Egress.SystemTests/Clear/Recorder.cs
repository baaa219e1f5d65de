using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>Stands in front of a real server, passes everything on, and keeps what clients said.</summary>
internal sealed class Recorder : IAsyncDisposable
{
    private static readonly byte[] SslRequest = [0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F];

    private readonly ConcurrentQueue<MemoryStream> _said = new();
    private readonly RawTarget _target;

    /// <param name="server">The server's port.</param>
    /// <param name="answered">Changes the first bytes that the server sends on the first connection; null: nothing is changed.</param>
    /// <param name="at">Where it stands; a port of its own on 127.0.0.1 by default.</param>
    public Recorder(int server, Func<byte[], byte[]>? answered = null, IPEndPoint? at = null) => _target = RawTarget.Start(async client =>
    {
        var said = new MemoryStream();
        _said.Enqueue(said);
        using var upstream = await RawConnection.ConnectAsync(new IPEndPoint(IPAddress.Loopback, server), PostgresServer.AdmittedSource);
        await Task.WhenAll(
            PassAsync(client.Socket, upstream.Socket, bytes =>
            {
                lock (said) said.Write(bytes);
                return bytes;
            }),
            PassAsync(upstream.Socket, client.Socket, bytes =>
            {
                var changed = answered?.Invoke(bytes) ?? bytes;
                answered = null;
                return changed;
            }));
    }, at ?? new IPEndPoint(IPAddress.Loopback, 0));

    public int Port => _target.EndPoint.Port;

    /// <summary>Every connection said nothing but the question for TLS, and then records of TLS.</summary>
    /// <param name="question">The bytes of the question where it is not PostgreSQL's.</param>
    public void AssertNothingInClear(int question = 0)
    {
        foreach (var said in _said)
        {
            byte[] bytes;
            lock (said) bytes = said.ToArray();
            var at = bytes.AsSpan().StartsWith(SslRequest) ? SslRequest.Length : Math.Min(question, bytes.Length);
            while (at + 5 <= bytes.Length)
            {
                Assert.True(bytes[at] is >= 20 and <= 23 && bytes[at + 1] == 3, $"No record of TLS at {at}: {Convert.ToHexString(bytes)}");
                at += 5 + BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 3));
            }
        }
    }

    /// <summary>No connection said anything.</summary>
    public void AssertNothingSaid() => Assert.All(_said, static said => Assert.Equal(0, said.Length));

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    private static async Task PassAsync(Socket from, Socket to, Func<byte[], byte[]> seen)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var got) await to.SendAsync(seen(buffer[..got]));
            to.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            to.Close(0);
        }
    }
}
