using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>
/// SOCKS5 servers of others as gateways of <c>forward</c>: microsocks hangs on a handshake in one write, and neither knows connections that
/// stand ready. Each gets one message at a time, and the client's early bytes arrive once.
/// </summary>
public sealed class ForeignGatewayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Forward_works_through_microsocks()
    {
        var port = FreePort.Pick();
        await using var gateway = await ServerProcess.StartAsync(
            port, "/usr/bin/microsocks", "-i", "127.0.0.1", "-p", Text(port), "-u", "app", "-P", "secret");
        await EchoesAsync("app:secret@", port);
    }

    [Fact]
    public async Task Forward_works_through_Dante()
    {
        var port = FreePort.Pick();
        var configuration = _folder.Write("danted.conf", $$"""
            logoutput: /dev/null
            internal: 127.0.0.1 port = {{port}}
            external: 127.0.0.1
            socksmethod: none
            clientmethod: none
            user.privileged: root
            user.unprivileged: nobody
            client pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }
            socks pass { from: 0.0.0.0/0 to: 0.0.0.0/0 }

            """);
        await using var gateway = await ServerProcess.StartAsync(port, "/usr/sbin/danted", "-f", configuration);
        await EchoesAsync("", port);
    }

    /// <summary>Several one after another, then several at once: what a client has learnt of its gateway holds for those that follow.</summary>
    private static async Task EchoesAsync(string login, int port)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var gateway = new IPEndPoint(IPAddress.Loopback, port);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), $"socks5://{login}{gateway}?warm=4");
        for (var i = 0; i < 4; i++) await EchoAsync(forward, i);
        await Task.WhenAll(Enumerable.Range(4, 8).Select(i => EchoAsync(forward, i)));
    }

    private static async Task EchoAsync(ForwardProcess forward, int number)
    {
        using var client = await RawConnection.ConnectAsync(forward.EndPoint);
        var early = System.Text.Encoding.ASCII.GetBytes($"early bytes of {number:D3}");
        await client.SendAsync(early);
        Assert.Equal(early, await client.ReceiveAsync(early.Length));
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
