using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Name servers that lie or stay silent.</summary>
public sealed class ResolverTests
{
    private static readonly IPAddress Public = IPAddress.Parse("203.0.114.1");

    /// <summary>Leaving from loopback, the kernel refuses every way to a public address: nothing leaves this machine.</summary>
    private static readonly string[] FromLoopback = ["--bind", "127.0.0.1", "--connect-timeout", "5s"];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_name_that_turns_private_is_not_dialled(string transport)
    {
        await using var server = new NameServer(time => [time == 1 ? Public : IPAddress.Loopback]);
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = [.. FromLoopback, "--resolver", server.Address] });
        await using var target = RawTarget.Start();
        var request = Socks5.Connect("rebound.example.test", target.EndPoint.Port);

        // The public answer was allowed: it was dialled, in vain
        Assert.NotEqual(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, request));
        await Deadline.UntilAsync(
            async () =>
            {
                var code = await RawClient.CodeAsync(gateway, request);
                Assert.NotEqual(ReplyCode.Succeeded, code);
                return code == ReplyCode.NotAllowed;
            },
            () => $"The second answer never came; asked {server.Asked} times");
        Assert.True(server.Asked >= 2);
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_private_address_between_public_ones_is_left_out(string transport)
    {
        await using var server = new NameServer(_ => [Public, IPAddress.Loopback, IPAddress.Parse("127.0.0.2")]);
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = [.. FromLoopback, "--resolver", server.Address] });
        await using var target = RawTarget.Start(IPAddress.Any);
        Assert.NotEqual(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("mixed.example.test", target.EndPoint.Port)));
        Assert.Equal(0, target.Accepted);

        // And where a rule opens it, the same answer leads there
        await using var open = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = [.. FromLoopback, "--resolver", server.Address, "--allow", "127.0.0.1"] });
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(open, Socks5.Connect("mixed.example.test", target.EndPoint.Port)));
        await target.AssertAcceptedAsync(1);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_resolver_that_never_answers_costs_its_clients_the_connect_deadline_and_others_nothing(string transport)
    {
        await using var server = new NameServer(_ => null);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--resolver", server.Address, "--connect-timeout", "1s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var waiting = Enumerable.Range(0, 50).Select(i => RawClient.CodeAsync(gateway, Socks5.Connect($"silent{i}.example.test", 443))).ToArray();
        using (var client = await RawClient.OpenAsync(gateway, target.EndPoint))
        {
            await client.SendAsync("served"u8.ToArray());
            Assert.Equal("served"u8.ToArray(), await client.ReceiveAsync(6));
        }
        Assert.All(await Task.WhenAll(waiting), code => Assert.Equal(ReplyCode.HostUnreachable, code));
        await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "connect-timeout");
    }
}
