using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Many quiet sessions beside one busy one.</summary>
public sealed class ManySessionsTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_thousand_idle_sessions_and_a_bulk_transfer_all_work(string transport)
    {
        const long bulk = 512L << 20;
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var quiet = RawTarget.Start(RawTarget.EchoAsync);
        await using var busy = RawTarget.Start(async peer =>
        {
            await Pattern.SendAsync(peer, bulk);
            peer.Finish();
            await peer.ReceiveToEndAsync();
        });
        var idle = new List<RawConnection>();
        for (var i = 0; i < 1000; i++) idle.Add(await RawClient.OpenAsync(gateway, quiet.EndPoint));
        using (var client = await RawClient.OpenAsync(gateway, busy.EndPoint))
            Assert.Equal(Ending.Fin, await Pattern.ReceiveAsync(client, bulk, TimeSpan.FromMinutes(2)));
        await quiet.AssertAcceptedAsync(1000);
        await Task.WhenAll(idle.Select(async client =>
        {
            await client.SendAsync("awake"u8.ToArray());
            Assert.Equal("awake"u8.ToArray(), await client.ReceiveAsync(5));
            client.Finish();
            await client.AssertRestAsync([], Ending.Fin);
            client.Dispose();
        }));
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1001, () => $"{gateway.Log.Of("session.end").Count} sessions ended");
    }
}
