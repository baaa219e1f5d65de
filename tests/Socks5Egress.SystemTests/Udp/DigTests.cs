using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Udp;

/// <summary>dig asks a resolver through an association: it knows no proxy, so the test wraps what it sends.</summary>
public sealed class DigTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Names_are_looked_up_through_the_gateway(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "udp");
        await using var resolver = UdpServer.Dns();
        using var client = await UdpClientOfTest.OpenAsync(gateway);
        using var entrance = UdpClientOfTest.New(IPAddress.Loopback);
        using var over = new CancellationTokenSource();
        var wrapping = WrapAsync(entrance, client, resolver.EndPoint, over.Token);
        var port = ((IPEndPoint)entrance.LocalEndPoint!).Port;
        foreach (var name in (string[])["one.example", "two.example"])
        {
            var result = await ExternalProgram.RunAsync("dig", ["@127.0.0.1", "-p", $"{port}", "+short", "+noedns", "+tries=3", name, "A"]);
            Assert.Equal((0, "192.0.2.1\n"), (result.ExitCode, result.Output));
        }

        await over.CancelAsync();
        await wrapping;
        Assert.Equal(2, resolver.Heard.Count);
    }

    private static async Task WrapAsync(Socket entrance, UdpClientOfTest client, IPEndPoint resolver, CancellationToken over)
    {
        var buffer = new byte[4096];
        try
        {
            while (true)
            {
                var asked = await entrance.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), over);
                await client.SendAsync(resolver, buffer[..asked.ReceivedBytes]);
                var (source, answer) = await client.ReceiveAsync();
                Assert.Equal(resolver, source);
                await entrance.SendToAsync(answer, SocketFlags.None, asked.RemoteEndPoint);
            }
        }
        catch (OperationCanceledException)
        {
            // dig has its answers
        }
    }
}
