using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>Whatever descriptors clients use, by whatever command: those of the admin address and of a reload are not among them.</summary>
public sealed class DescriptorGateTests
{
    private const int Limit = 400;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Datagrams_leave_descriptors_for_the_admin_address_and_a_reload_and_both_turn_green_by_themselves(string transport)
    {
        using var folder = new TemporaryFolder();
        var file = folder.Write("gateway.json", """{ "Policy": { "Allow": ["127.0.0.0/8"] } }""");
        await using var gateway = await StartAsync(transport, "--config", file);
        var associations = new List<(RawConnection Control, Socket Datagrams)>();
        var target = new IPEndPoint(IPAddress.Loopback, 9);
        try
        {
            for (var i = 0; i < Limit; i++)
            {
                var source = IPAddress.Parse($"127.0.1.{1 + i / 60}");
                if (await TryAssociateAsync(gateway, source, target) is not { } association) break;
                associations.Add(association);
            }
            Assert.InRange(associations.Count, 60, Limit / 2);
            await AssertReadyAsync(gateway, HttpStatusCode.ServiceUnavailable, "out-of-descriptors");
            Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/healthz")).Status);
            Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/metrics")).Status);
            File.WriteAllText(file, """{ "Policy": { "Allow": ["127.0.0.0/8"], "Deny": ["127.9.9.9"] } }""");
            gateway.Signal(Signals.HangUp);
            await gateway.Log.WaitAsync("gateway.reloaded");
            Assert.Empty(gateway.Log.Of("gateway.reload-refused"));
            Assert.InRange(gateway.Descriptors, 1, Limit - 10);
        }
        finally
        {
            foreach (var (control, datagrams) in associations)
            {
                control.Dispose();
                datagrams.Dispose();
            }
        }
        // Nobody connects: it says so by itself
        await AssertReadyAsync(gateway, HttpStatusCode.OK, "\"ready\":true");
        Assert.Empty(gateway.Log.Of("session.fault"));
        Assert.Empty(gateway.Log.Of("background.fault"));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Connections_that_used_all_of_them_up_and_leave_turn_it_green_without_a_new_one(string transport)
    {
        await using var gateway = await StartAsync(transport, "--handshake-timeout", "60s");
        var idle = new List<RawConnection>();
        for (var i = 0; i < Limit + 100; i++) idle.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
        await gateway.Log.WaitAsync("accept.failed");
        await AssertReadyAsync(gateway, HttpStatusCode.ServiceUnavailable, "out-of-descriptors");
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/healthz")).Status);
        idle.ForEach(connection => connection.Reset());
        await AssertReadyAsync(gateway, HttpStatusCode.OK, "\"ready\":true");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task BIND_without_descriptors_neither_spins_nor_takes_any_that_are_kept(string transport)
    {
        await using var gateway = await StartAsync(transport, "--handshake-timeout", "60s", "--enable", "bind");
        var (client, first) = await RawClient.RequestAsync(gateway, Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 3], 0));
        using var bound = client;
        Assert.Equal(ReplyCode.Succeeded, first.Code);
        var idle = new List<RawConnection>();
        for (var i = 0; i < Limit + 100; i++) idle.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
        await gateway.Log.WaitAsync("accept.failed");
        var strangers = new List<RawConnection>();
        for (var i = 0; i < 20; i++)
        {
            try
            {
                strangers.Add(await RawConnection.ConnectAsync(first.Bound, IPAddress.Parse("127.0.0.4")));
            }
            catch (SocketException error) when (error.SocketErrorCode == SocketError.ConnectionReset)
            {
                // Accepted and reset before this process saw it connected
            }
        }
        var used = gateway.ProcessorTime;
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);
        used = gateway.ProcessorTime - used;
        Assert.True(used < TimeSpan.FromSeconds(1), $"{used.TotalMilliseconds} ms of processor time in 3 s without descriptors");
        Assert.InRange(gateway.Descriptors, 1, Limit - 20);

        idle.ForEach(connection => connection.Reset());
        strangers.ForEach(connection => connection.Dispose());
        using var peer = await RawConnection.ConnectAsync(first.Bound, IPAddress.Parse("127.0.0.3"));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(bound)).Code);
    }

    private static Task<GatewayProcess> StartAsync(string transport, params string[] options) => GatewayProcess.StartAsync(new GatewayStart
    {
        Transport = transport,
        Options = ["--max-sessions", "2000", .. options.Contains("--config") ? [] : GatewayProcess.OpenLoopback, .. options.Contains("--enable") ? [] : (string[])["--enable", "udp"], .. options],
        Through = ["prlimit", $"--nofile={Limit}:{Limit}"],
    });

    /// <summary>An association that has sent a datagram, so that both of its sockets are open; null when there is none to be had.</summary>
    private static async Task<(RawConnection Control, Socket Datagrams)?> TryAssociateAsync(GatewayProcess gateway, IPAddress source, IPEndPoint target)
    {
        var control = await RawConnection.ConnectAsync(gateway.EndPoint, source);
        var datagrams = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            datagrams.Bind(new IPEndPoint(source, 0));
            await control.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0)]);
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            var answer = new byte[12];
            for (var read = 0; read < answer.Length;)
            {
                var count = await control.Socket.ReceiveAsync(answer.AsMemory(read), patience.Token);
                if (count == 0) break;
                read += count;
            }
            if (answer[3] == ReplyCode.Succeeded && answer[2] == 5)
            {
                var relay = new IPEndPoint(IPAddress.Loopback, (answer[10] << 8) + answer[11]);
                await datagrams.SendToAsync((byte[])[0, 0, 0, 1, .. target.Address.GetAddressBytes(), 0, (byte)target.Port, 1], SocketFlags.None, relay);
                return (control, datagrams);
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            // Not accepted any more
        }
        control.Dispose();
        datagrams.Dispose();
        return null;
    }

    private static async Task AssertReadyAsync(GatewayProcess gateway, HttpStatusCode status, string text)
    {
        var last = (Status: default(HttpStatusCode), Body: "");
        await Deadline.UntilAsync(
            async () => (last = await AdminPage.GetAsync(gateway, "/readyz")).Status == status && last.Body.Contains(text, StringComparison.Ordinal),
            () => $"/readyz says {last.Status} {last.Body}; expected {status} with {text}");
    }
}
