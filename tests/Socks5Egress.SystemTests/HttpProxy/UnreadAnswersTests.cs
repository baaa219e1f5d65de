using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>A client that sends request after request and takes no answer: it fills the buffers of the kernel, no memory of the gateway, and ends at the idle timeout.</summary>
public sealed class UnreadAnswersTests
{
    private const int Most = 64 * 1024 * 1024;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Refusals_that_nobody_reads_stop_their_client(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--idle-timeout", "2s");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint, receiveBuffer: 4096);
        var requests = new byte[100 * Request.Length];
        for (var i = 0; i < 100; i++) Request.CopyTo(requests.AsSpan(i * Request.Length));
        var sent = 0L;
        try
        {
            while (sent < Most)
            {
                await client.SendAsync(requests);
                sent += requests.Length;
            }
            Assert.Fail($"It took {sent} bytes of requests and no answer was read");
        }
        catch (SocketException)
        {
            // It was reset: that is what it waits for
        }
        Assert.Equal("idle-timeout", (await gateway.Log.SessionEndAsync(client)).GetProperty("end").GetString());
    }

    private static ReadOnlySpan<byte> Request => "GET http://10.0.0.1/ HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n"u8;
}
