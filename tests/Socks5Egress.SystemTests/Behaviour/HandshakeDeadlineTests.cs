using System.Diagnostics;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>The handshake deadline is absolute, and clients that stall cost the others nothing.</summary>
public sealed class HandshakeDeadlineTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Five_hundred_stalled_clients_are_gone_at_the_deadline_and_a_good_one_is_served_meanwhile(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--handshake-timeout", "4s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await ServeOneAsync(gateway, target);
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1, () => gateway.Log.Text);
        var before = gateway.Descriptors;
        var stalled = await Task.WhenAll(Enumerable.Range(0, 500).Select(async _ =>
        {
            var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(new byte[] { 5 });
            return client;
        }));

        await ServeOneAsync(gateway, target);
        Assert.Equal(0, TimedOut());

        foreach (var client in stalled)
        {
            using (client) await client.ReceiveToEndAsync();
        }
        await Deadline.UntilAsync(() => gateway.Descriptors <= before + 8, () => $"{gateway.Descriptors} descriptors, {before} before");
        // The last lines may still be on their way here
        await Deadline.UntilAsync(() => TimedOut() == 500, () => $"{TimedOut()} lines");

        int TimedOut() => gateway.Log.Of("session.end").Count(entry => entry.GetProperty("end").GetString() == "handshake-timeout");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_byte_now_and_then_does_not_restart_the_deadline(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--handshake-timeout", "1500ms");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        var ended = client.ReceiveToEndAsync();
        await client.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        // A name of 255 bytes, one every 100 ms, would take 25 s
        await client.SendAsync(new byte[] { 5, 1, 0, Socks5.Name, 255 });
        var watch = Stopwatch.StartNew();
        try
        {
            while (!ended.IsCompleted && watch.Elapsed < TimeSpan.FromSeconds(20))
            {
                await Task.WhenAny(ended, Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken));
                if (!ended.IsCompleted) await client.SendAsync("a"u8.ToArray());
            }
        }
        catch (SocketException)
        {
            // Closed between the look and the write
        }
        var (bytes, _) = await ended;
        Assert.Equal([5, 0], bytes);
        Assert.Equal("handshake-timeout", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "It was closed after " + watch.Elapsed);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_client_that_leaves_without_a_byte_is_no_error(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await ServeOneAsync(gateway, target);
    }

    private static async Task ServeOneAsync(GatewayProcess gateway, RawTarget target)
    {
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync("served"u8.ToArray());
        Assert.Equal("served"u8.ToArray(), await client.ReceiveAsync(6));
    }
}
