using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>SIGTERM and SIGINT: everything accepted is served, sessions go on until the deadline, exit 0.</summary>
public sealed class DrainTests
{
    public static MatrixTheoryData<int, string> SignalsAndTransports =>
        new([Signals.Terminate, Signals.Interrupt], TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(SignalsAndTransports))]
    public async Task A_signal_without_sessions_ends_it_with_0(int signal, string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0");
        gateway.Signal(signal);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Single(gateway.Log.Of("gateway.draining"));
        Assert.Single(gateway.Log.Of("gateway.stopped"));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task During_the_drain_delay_it_is_not_ready_and_still_serves(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "3s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/readyz")).Status);
        gateway.Signal(Signals.Terminate);
        await gateway.Log.WaitAsync("gateway.draining");
        var (status, body) = await AdminPage.GetAsync(gateway, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("\"ready\":false", body, StringComparison.Ordinal);
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync("late"u8.ToArray());
        Assert.Equal("late"u8.ToArray(), await client.ReceiveAsync(4));
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_session_goes_on_to_its_own_end_while_nobody_new_is_let_in(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0", "--drain-timeout", "60s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        gateway.Signal(Signals.Terminate);
        await Deadline.UntilAsync(async () => !await ListensAsync(gateway), () => "It still listens");
        foreach (var message in new[] { "one"u8.ToArray(), "two"u8.ToArray() })
        {
            await client.SendAsync(message);
            Assert.Equal(message, await client.ReceiveAsync(3));
        }
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Equal("client-fin", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task At_the_drain_timeout_sessions_are_closed_and_it_ends_with_0(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0", "--drain-timeout", "1s");
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();
        // It awaits an answer that never comes
        await client.SendAsync("asked"u8.ToArray());
        await peer.ReceiveAsync(5);
        gateway.Signal(Signals.Terminate);
        await client.ReceiveToEndAsync();
        await peer.ReceiveToEndAsync();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Equal("drain-timeout", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Clients_that_are_refused_at_the_drain_timeout_and_stay_have_their_log_lines(string transport)
    {
        const int count = 60;
        await using var gateway = await GatewayProcess.StartAsync(transport, "--enable", "bind", "--drain-delay", "0", "--drain-timeout", "200ms");
        var clients = new List<RawConnection>();
        for (var i = 0; i < count; i++)
        {
            clients.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
            await clients[i].SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], 9)]);
            Assert.Equal([5, 0], await clients[i].ReceiveAsync(2));
            Assert.Equal(0, (await Socks5.ReadReplyAsync(clients[i])).Code);
        }
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal(Enumerable.Repeat("drain-timeout", count), gateway.Log.Of("session.end").Select(entry => entry.GetProperty("end").GetString()));
        foreach (var client in clients)
        {
            Assert.Equal(1, (await Socks5.ReadReplyAsync(client)).Code);
            client.Dispose();
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_second_signal_closes_at_once(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0", "--drain-timeout", "10m");
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        gateway.Signal(Signals.Terminate);
        await gateway.Log.WaitAsync("gateway.draining");
        gateway.Signal(Signals.Terminate);
        Assert.Equal(0, await gateway.WaitForExitAsync());
        await client.ReceiveToEndAsync();
        await gateway.Log.SessionEndAsync(client.Local);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Clients_in_the_accept_queue_when_the_signal_comes_are_served(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0", "--drain-timeout", "60s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        // Connections complete in the kernel while the process stands still; then the signal is already there when it wakes
        gateway.Signal(Stop);
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => RawConnection.ConnectAsync(gateway.EndPoint)));
        gateway.Signal(Signals.Terminate);
        gateway.Signal(Continue);
        await Task.WhenAll(clients.Select(async client =>
        {
            await client.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(target.EndPoint), .. "queued"u8]);
            Assert.Equal([5, 0], await client.ReceiveAsync(2));
            Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
            Assert.Equal("queued"u8.ToArray(), await client.ReceiveAsync(6));
            client.Finish();
            await client.AssertRestAsync([], Ending.Fin);
            client.Dispose();
        }));
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    private const int Stop = 19;
    private const int Continue = 18;

    private static async Task<bool> ListensAsync(GatewayProcess gateway)
    {
        try
        {
            (await RawConnection.ConnectAsync(gateway.EndPoint)).Dispose();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
