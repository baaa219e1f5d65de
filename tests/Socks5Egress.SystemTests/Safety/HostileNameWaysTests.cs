using System.Diagnostics;
using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Udp;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Hostile answers by UDP ASSOCIATE, by static forwards and their health checks; readiness beside them, and the end of the process behind them.</summary>
public sealed class HostileNameWaysTests
{
    private static readonly string[] Bad = [.. HostileNameServer.Forged, .. HostileNameServer.Malformed];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Associations_forwards_and_their_checks_outlive_every_answer(string transport)
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var one = UdpServer.Start("one");
        var forwards = Bad.Append("honest").SelectMany(label => new[] { "--forward", $"127.0.0.1:0={label}.test:{target.EndPoint.Port}" });
        await using var gateway = await GatewayProcess.StartAsync(
            transport, ["--connect-timeout", "2s", "--drain-timeout", "1s", "--enable", "udp", "--resolver", server.Address, .. forwards]);

        using var client = await UdpClientOfTest.OpenAsync(gateway);
        foreach (var label in Bad.Append("honest"))
            await client.SendRawAsync([.. UdpClientOfTest.Header(label + ".test", one.EndPoint.Port), .. "?"u8]);
        Assert.Equal("one?", Encoding.ASCII.GetString((await client.ReceiveAsync()).Data));
        Assert.Single(one.Heard);

        await Task.WhenAll(Bad.Select(async (_, place) =>
        {
            using var refused = await RawConnection.ConnectAsync(gateway.Forward(place));
            Assert.Empty((await refused.ReceiveToEndAsync()).Bytes);
        }));
        using var served = await RawConnection.ConnectAsync(gateway.Forward(Bad.Length));
        await served.SendAsync("word"u8.ToArray());
        Assert.Equal("word"u8.ToArray(), await served.ReceiveAsync(4));

        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/healthz")).Status);
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/readyz")).Status);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Empty(gateway.Log.Of("background.fault"));
        Assert.All(gateway.Log.Of("session.end"), end => Assert.NotEqual("internal-error", end.GetProperty("end").GetString()));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_dropped_family_is_waited_for_once(string transport)
    {
        await using var server = new HostileNameServer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--resolver", server.Address);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < 20; i++) Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect("no-aaaa.test", target.EndPoint.Port)));
        // Unless it is remembered, twenty times 50 ms; and seconds, if the second family were waited for to its end
        TestContext.Current.TestOutputHelper!.WriteLine($"20 sessions in {Stopwatch.GetElapsedTime(began).TotalMilliseconds} ms");
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }
}
