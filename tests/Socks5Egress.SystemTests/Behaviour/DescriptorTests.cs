using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Whatever clients do, descriptors come back; and running out of them is survived.</summary>
public sealed class DescriptorTests
{
    // The runtime opens a few of its own as it goes (an epoll descriptor, an event)
    private const int Slack = 8;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_thousand_connections_leave_descriptors_as_before(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var before = await WarmAsync(gateway, target);
        for (var round = 0; round < 20; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async i =>
            {
                using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
                await client.SendAsync("there and back"u8.ToArray());
                await client.ReceiveAsync(14);
                if (i % 3 == 0) client.Reset();
                else if (i % 3 == 1) client.Finish();
            }));
        }
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1001, () => $"{gateway.Log.Of("session.end").Count} sessions ended");
        await AssertDescriptorsAsync(gateway, before);
        Assert.Equal(0, await AdminPage.SessionsAsync(gateway));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Fifty_dials_into_a_black_hole_end_when_their_clients_leave(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--connect-timeout", "60s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var hole = await BlackHole.OpenAsync();
        var before = await WarmAsync(gateway, target);
        var clients = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            var client = await RawClient.GreetAsync(gateway);
            await client.SendAsync(Socks5.Connect(hole.EndPoint));
            return client;
        }));
        await Deadline.UntilAsync(() => gateway.Descriptors >= before + 100, () => "The dials do not begin");
        foreach (var client in clients) client.Reset();
        var limit = TimeSpan.FromSeconds(5);
        await Deadline.UntilAsync(() => gateway.Descriptors <= before + Slack, () => $"{gateway.Descriptors} descriptors, {before} before", limit);
        foreach (var client in clients)
            Assert.Equal("client-reset", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_FIN_behind_the_request_does_not_end_the_dial(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--connect-timeout", "1s");
        using var hole = await BlackHole.OpenAsync();
        using var client = await RawClient.GreetAsync(gateway);
        await client.SendAsync(Socks5.Connect(hole.EndPoint));
        client.Finish();
        Assert.Equal(ReplyCode.HostUnreachable, (await Socks5.ReadReplyAsync(client)).Code);
        Assert.Equal("connect-timeout", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Without_descriptors_it_neither_spins_nor_ends_and_serves_again_afterwards(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. GatewayProcess.OpenLoopback, "--max-sessions", "2000", "--handshake-timeout", "60s"],
            Through = ["prlimit", "--nofile=256:256"],
        });
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var before = await WarmAsync(gateway, target);
        var clients = new List<RawConnection>();
        for (var i = 0; i < 400; i++) clients.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
        // Of the 256 it keeps some for the runtime's threads and for targets
        await gateway.Log.WaitAsync("accept.failed");
        Assert.InRange(gateway.Descriptors, 200, 240);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AdminPage.GetAsync(gateway, "/readyz")).Status);

        // A client that was let in before still gets a target
        await clients[0].SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target.EndPoint), .. "served"u8]);
        Assert.Equal([5, Socks5.NoAuthentication], await clients[0].ReceiveAsync(2));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(clients[0])).Code);
        Assert.Equal("served"u8.ToArray(), await clients[0].ReceiveAsync(6));

        var used = gateway.ProcessorTime;
        await Task.Delay(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        used = gateway.ProcessorTime - used;
        Assert.True(used < TimeSpan.FromSeconds(1), $"{used.TotalMilliseconds} ms of processor time in 10 s without descriptors");
        TestContext.Current.TestOutputHelper!.WriteLine($"{used.TotalMilliseconds} ms of processor time in 10 s without descriptors");
        // All the while it was without, and said so no more than its waits let it
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await AdminPage.GetAsync(gateway, "/readyz")).Status);
        Assert.InRange(gateway.Log.Of("accept.failed").Count, 1, 40);

        foreach (var client in clients) client.Reset();
        await AssertDescriptorsAsync(gateway, before);
        await WarmAsync(gateway, target);
    }

    // One session there and back; what the process holds afterwards
    private static async Task<int> WarmAsync(GatewayProcess gateway, RawTarget target)
    {
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync("warm"u8.ToArray());
        await client.ReceiveAsync(4);
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        await gateway.Log.SessionEndAsync(client.Local);
        await AdminPage.GetAsync(gateway, "/healthz");
        return gateway.Descriptors;
    }

    private static Task AssertDescriptorsAsync(GatewayProcess gateway, int before) => Deadline.UntilAsync(
        () => gateway.Descriptors <= before + Slack, () => $"{gateway.Descriptors} descriptors, {before} before");
}
