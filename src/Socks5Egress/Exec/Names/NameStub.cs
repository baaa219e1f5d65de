using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Supervision;

namespace Socks5Egress.Exec.Names;

/// <summary>The name server of the namespace: datagrams, and connections for those that insist on them (RFC 7766).</summary>
internal sealed class NameStub(Socket datagrams, Socket connections, StubAnswer answers) : IAsyncDisposable
{
    private const int LongestMessage = 4096;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(10);

    private readonly List<BackgroundLoop> _loops = [];

    public void Start()
    {
        _loops.Add(Supervisor.OfProcess.Loop("exec.names", ServeDatagramsAsync));
        _loops.Add(Supervisor.OfProcess.Loop("exec.names.tcp", ServeConnectionsAsync));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var loop in _loops) await loop.DisposeAsync();
        datagrams.Dispose();
        connections.Dispose();
    }

    private async Task ServeDatagramsAsync(CancellationToken stop)
    {
        var question = new byte[LongestMessage];
        var answer = new byte[StubAnswer.MaxLength];
        var from = new SocketAddress(AddressFamily.InterNetwork);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var length = await datagrams.ReceiveFromAsync(question, SocketFlags.None, from, stop);
                var count = answers.Write(question.AsSpan(0, length), answer);
                if (count > 0) datagrams.SendTo(answer.AsSpan(0, count), SocketFlags.None, from);
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // A client that has closed its socket: the kernel tells of an earlier answer
                if (e is not SocketException) return;
            }
        }
    }

    private async Task ServeConnectionsAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await connections.AcceptAsync(stop);
                Supervisor.OfProcess.Run("exec.names.client", () => ServeClientAsync(client, stop));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                if (e is not SocketException) return;
                await Task.Delay(Pause, Supervisor.OfProcess.Time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ServeClientAsync(Socket client, CancellationToken stop)
    {
        using var owned = client;
        var question = new byte[2 + LongestMessage];
        var answer = new byte[2 + StubAnswer.MaxLength];
        try
        {
            while (true)
            {
                using var deadline = CancellationTokenSource.CreateLinkedTokenSource(stop);
                deadline.CancelAfter(Idle);
                if (!await FillAsync(client, question.AsMemory(0, 2), deadline.Token)) return;
                var length = BinaryPrimitives.ReadUInt16BigEndian(question);
                if (length > LongestMessage || !await FillAsync(client, question.AsMemory(2, length), deadline.Token)) return;
                var count = answers.Write(question.AsSpan(2, length), answer.AsSpan(2));
                if (count == 0) return;
                BinaryPrimitives.WriteUInt16BigEndian(answer, (ushort)count);
                await client.SendAsync(answer.AsMemory(0, 2 + count), deadline.Token);
            }
        }
        catch (SocketException)
        {
            // It left
        }
    }

    private static async Task<bool> FillAsync(Socket client, Memory<byte> bytes, CancellationToken cancellation)
    {
        while (!bytes.IsEmpty)
        {
            var count = await client.ReceiveAsync(bytes, cancellation);
            if (count == 0) return false;
            bytes = bytes[count..];
        }

        return true;
    }
}
