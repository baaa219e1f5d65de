using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>The reply table of the contract, by real causes.</summary>
public sealed class ReplyTests(Gateways gateways)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task BND_is_the_address_that_the_target_sees(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        foreach (var address in new[] { IPAddress.Loopback, IPAddress.Parse("127.0.0.9"), IPAddress.IPv6Loopback })
        {
            await using var target = RawTarget.Start(address);
            var (client, reply) = await RawClient.RequestAsync(gateway, Socks5.Connect(target.EndPoint));
            using var open = client;
            using var peer = await target.AcceptAsync();
            Assert.Equal(ReplyCode.Succeeded, reply.Code);
            Assert.Equal(peer.Remote, reply.Bound);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task BND_is_the_address_given_with_bind(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--bind", "127.0.0.77");
        await using var target = RawTarget.Start();
        var (client, reply) = await RawClient.RequestAsync(gateway, Socks5.Connect(target.EndPoint));
        using var open = client;
        using var peer = await target.AcceptAsync();
        Assert.Equal(IPAddress.Parse("127.0.0.77"), peer.Remote.Address);
        Assert.Equal(peer.Remote, reply.Bound);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_refuses_gives_05(string transport)
    {
        using var nobody = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        nobody.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var gateway = await gateways.SharedAsync(transport);
        Assert.Equal(ReplyCode.Refused, await RawClient.CodeAsync(gateway, Socks5.Connect((IPEndPoint)nobody.LocalEndPoint!)));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_does_not_answer_gives_04_at_the_deadline(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--connect-timeout", "500ms");
        using var hole = await BlackHole.OpenAsync();
        var watch = Stopwatch.StartNew();
        Assert.Equal(ReplyCode.HostUnreachable, await RawClient.CodeAsync(gateway, Socks5.Connect(hole.EndPoint)));
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(8), "The connect timeout of 500 ms came after " + watch.Elapsed);
        await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "connect-timeout");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_target_that_policy_forbids_gives_02_and_is_not_dialled(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--deny", "127.0.0.1");
        await using var target = RawTarget.Start();
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_that_does_not_resolve_gives_04(string transport)
    {
        var gateway = await gateways.SharedAsync(transport);
        // RFC 6761 section 6.4: invalid never resolves
        Assert.Equal(ReplyCode.HostUnreachable, await RawClient.CodeAsync(gateway, Socks5.Connect("nothing.invalid", 80)));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_with_two_addresses_is_reached_at_the_one_that_listens(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. GatewayProcess.OpenLoopback, "--allow", "both.test"],
            Through = HostsFile.Through(folder, "127.0.0.1 localhost both.test", "::1 localhost both.test"),
        });
        foreach (var listening in new[] { IPAddress.Loopback, IPAddress.IPv6Loopback })
        {
            await using var target = RawTarget.Start(listening);
            foreach (var name in new[] { "localhost", "both.test", "Both.Test." })
            {
                var (client, reply) = await RawClient.RequestAsync(gateway, Socks5.Connect(name, target.EndPoint.Port));
                client.Dispose();
                Assert.Equal(ReplyCode.Succeeded, reply.Code);
                Assert.Equal(listening, reply.Bound.Address);
            }
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_refusal_reaches_a_client_that_sent_more_than_its_request(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--deny", "127.0.0.1");
        await using var target = RawTarget.Start();
        for (var i = 0; i < 50; i++)
        {
            using var client = await RawClient.GreetAsync(gateway);
            // Bytes that nobody reads turn a close into a reset, which would eat the reply
            await client.SendAsync((byte[])[.. Socks5.Connect(target.EndPoint), .. Pattern.Bytes(64 * 1024)]);
            Assert.Equal(ReplyCode.NotAllowed, (await Socks5.ReadReplyAsync(client)).Code);
            client.Finish();
            await client.AssertRestAsync([], Ending.Fin);
        }
    }
}
