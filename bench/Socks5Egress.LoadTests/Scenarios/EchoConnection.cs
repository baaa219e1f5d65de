using System.Net.Sockets;
using Socks5Egress.LoadTests.Setup;
using Socks5Egress.LoadTests.Vocabulary;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>A connection to the echoing target, through the gateway.</summary>
internal sealed class EchoConnection(Socket socket) : IDisposable
{
    private const int Length = 64;

    private readonly byte[] _sent = new byte[Length];
    private readonly byte[] _received = new byte[Length];

    public static async Task<EchoConnection> OpenAsync(Surroundings around, CancellationToken cancellation) =>
        new(await around.Client.ConnectSocketAsync(around.TargetHost, around.EchoPort, cancellation));

    /// <summary>64 fresh bytes there and back.</summary>
    public async Task<LoadResponse> EchoAsync(CancellationToken cancellation)
    {
        Random.Shared.NextBytes(_sent);
        await socket.SendAsync(_sent, cancellation);
        for (var got = 0; got < Length;)
        {
            var read = await socket.ReceiveAsync(_received.AsMemory(got), cancellation);
            if (read == 0) return LoadResponse.Fail("eof");
            got += read;
        }
        return _received.AsSpan().SequenceEqual(_sent) ? LoadResponse.Ok(sizeBytes: 2 * Length) : LoadResponse.Fail("wrong-bytes");
    }

    public void Dispose() => socket.Dispose();
}
