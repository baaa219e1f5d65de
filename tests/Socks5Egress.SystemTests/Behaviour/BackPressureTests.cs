using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>A side that does not read holds the other one back; the gateway keeps a bounded amount between them.</summary>
public sealed class BackPressureTests
{
    private const int Megabyte = 1 << 20;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Targets_that_never_read_keep_memory_bounded(string transport)
    {
        const int sessions = 20;
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start();
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        var before = gateway.ResidentBytes;
        var clients = new List<RawConnection>();
        for (var i = 0; i < sessions; i++) clients.Add(await RawClient.OpenAsync(gateway, target.EndPoint));
        var sent = await Task.WhenAll(clients.Select(FillAsync));

        // Far more went in than may stay in the gateway: the rest is in the kernel's buffers
        var grown = gateway.ResidentBytes - before;
        Assert.True(sent.Sum() > sessions * 128L * 1024, $"only {sent.Sum()} bytes went in");
        Assert.True(grown < 48 * Megabyte, $"{grown / Megabyte} MiB for {sessions} stuck sessions, {sent.Sum() / Megabyte} MiB sent");
        foreach (var client in clients) client.Reset();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count(end => end.GetProperty("end").GetString() == "client-reset") == sessions, () => gateway.Log.Text);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_pauses_reading_gets_every_byte(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start(async peer =>
        {
            await Pattern.SendAsync(peer, 64 * Megabyte, LongRun.Or(TimeSpan.FromMinutes(8), Deadline.Step));
            peer.Finish();
            await peer.ReceiveToEndAsync(LongRun.Or(TimeSpan.FromMinutes(8), Deadline.Step));
        });
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.ReceiveSomeAsync(Memory<byte>.Empty);
        await Task.Delay(LongRun.Or(TimeSpan.FromMinutes(4), TimeSpan.FromSeconds(4)), TestContext.Current.CancellationToken);
        var receiving = Pattern.ReceiveAsync(client, 64 * Megabyte, TimeSpan.FromMinutes(2));
        Assert.Equal(Ending.Fin, await receiving);
        var end = await SessionAfterAsync(gateway, client);
        Assert.Equal(64 * Megabyte, end);
    }

    // Sends until nothing has gone in for a second
    private static async Task<long> FillAsync(RawConnection client)
    {
        client.Socket.Blocking = false;
        var chunk = new byte[64 * 1024];
        long sent = 0;
        for (var stuck = 0; stuck < 10;)
        {
            var now = client.Socket.Send(chunk, SocketFlags.None, out var error);
            if (error == SocketError.Success)
            {
                sent += now;
                stuck = 0;
                continue;
            }
            Assert.Equal(SocketError.WouldBlock, error);
            stuck++;
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
        return sent;
    }

    private static async Task<long> SessionAfterAsync(GatewayProcess gateway, RawConnection client)
    {
        client.Finish();
        return (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("bytes_down").GetInt64();
    }
}
