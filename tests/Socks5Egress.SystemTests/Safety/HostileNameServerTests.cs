using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>What name servers must not be able to do, and what one client's names must not do to another's.</summary>
public sealed class HostileNameServerTests
{
    private static readonly string[] Options = ["--connect-timeout", "2s", "--drain-timeout", "1s", "--allow", "127.0.0.0/8", "--enable", "udp"];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task No_answer_breaks_anything_and_no_forged_one_is_taken(string transport)
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Options, "--resolver", server.Address]);
        string[] bad = [.. HostileNameServer.Forged, .. HostileNameServer.Malformed];
        var codes = await Task.WhenAll(bad.Select(label => RawClient.CodeAsync(gateway, Socks5.Connect(label + ".test", target.EndPoint.Port))));
        Assert.All(codes, code => Assert.Equal(ReplyCode.HostUnreachable, code));
        Assert.Equal(0, target.Accepted);
        foreach (var label in HostileNameServer.Sound)
            Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(label + ".test", target.EndPoint.Port)));
        // The bad ones did not stay: they are asked for again, and answered
        Assert.Equal(ReplyCode.HostUnreachable, await RawClient.CodeAsync(gateway, Socks5.Connect("loop.test", target.EndPoint.Port)));
        foreach (var end in gateway.Log.Of("session.end")) Assert.NotEqual("internal-error", end.GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Names_that_are_never_answered_delay_nobody_else(string transport)
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, [.. Options, "--resolver", server.Address]);
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("honest.test", target.EndPoint.Port)));
        var dead = Enumerable.Range(0, 40).Select(i => RawClient.CodeAsync(gateway, Socks5.Connect($"dead{i}.test", target.EndPoint.Port))).ToArray();
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("honest.example", target.EndPoint.Port)));
        Assert.All(dead, asked => Assert.False(asked.IsCompleted, "It was answered after one that nobody answers"));
        Assert.All(await Task.WhenAll(dead), code => Assert.Equal(ReplyCode.HostUnreachable, code));
        Assert.All(
            gateway.Log.Of("session.end").Where(end => end.GetProperty("target").GetString()!.StartsWith("dead", StringComparison.Ordinal)),
            end => Assert.Equal("connect-timeout", end.GetProperty("end").GetString()));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Another_server_answers_when_one_is_not_there_and_full_names_are_judged(string transport)
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        // Nobody listens at the discard port. Nothing here is to wait for the connect timeout
        await using var gateway = await GatewayProcess.StartAsync(
            transport, ["--allow", "127.0.0.0/8", "--drain-timeout", "1s", "--resolver", "127.0.0.1:9", "--resolver", server.Address, "--dns-search", "corp.example", "--deny", "*.corp.example"]);
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("honest.test", target.EndPoint.Port)));
        Assert.Equal(ReplyCode.NotAllowed, await RawClient.CodeAsync(gateway, Socks5.Connect("secret", target.EndPoint.Port)));
        Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("secret.", target.EndPoint.Port)));
    }

    [Fact]
    public async Task CONNECT_resolves_the_same_way()
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync("auto", [.. Options, "--resolver", server.Address]);
        foreach (var (label, status) in new[] { ("loop", "502"), ("servfail", "502"), ("xn--zz", "200"), ("no-aaaa", "200") })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {label}.test:{target.EndPoint.Port} HTTP/1.1\r\nHost: {label}.test\r\n\r\n"));
            Assert.Equal($"HTTP/1.1 {status}", Encoding.ASCII.GetString(await client.ReceiveAsync(12)));
        }
    }
}
