using System.Net.Sockets;
using NBomber.Contracts;
using NBomber.CSharp;
using Socks5Egress.LoadTests.Setup;

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
    public async Task<IResponse> EchoAsync(CancellationToken cancellation)
    {
        Random.Shared.NextBytes(_sent);
        await socket.SendAsync(_sent, cancellation);
        for (var got = 0; got < Length;)
        {
            var read = await socket.ReceiveAsync(_received.AsMemory(got), cancellation);
            if (read == 0) return Response.Fail(statusCode: "eof");
            got += read;
        }
        return _received.AsSpan().SequenceEqual(_sent) ? Response.Ok(statusCode: "ok", sizeBytes: 2 * Length)
            : Response.Fail(statusCode: "wrong-bytes");
    }

    public void Dispose() => socket.Dispose();
}
