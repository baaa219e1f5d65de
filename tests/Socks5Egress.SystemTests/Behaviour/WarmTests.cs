using System.Globalization;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Connections that have logged in and wait for their request: how long, how many, and how they end.</summary>
public sealed class WarmTests : IDisposable
{
    private const string Password = "correct horse";
    private static readonly byte[] Refusal = [5, 1, 0, 1, 0, 0, 0, 0, 0, 0];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task One_that_has_logged_in_outlives_the_handshake_deadline_and_one_that_has_not_does_not(string transport)
    {
        await using var gateway = await StartAsync(transport, "--handshake-timeout", "5s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var ready = await LogInAsync(gateway);
        using var silent = await RawConnection.ConnectAsync(gateway.EndPoint);
        await silent.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        // The deadline of the second, which came later, is over when this returns
        await silent.ReceiveToEndAsync();
        Assert.Equal(1, await WarmAsync(gateway));
        await ready.SendAsync((byte[])[.. Socks5.Connect(target.EndPoint), .. "early"u8]);
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(ready)).Code);
        Assert.Equal("early"u8.ToArray(), await ready.ReceiveAsync(5));
        // A page of metrics may be a moment old
        await Deadline.UntilAsync(async () => await WarmAsync(gateway) == 0, () => "it still counts as waiting");
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_oldest_goes_for_one_too_many_and_is_refused_like_a_request(string transport)
    {
        await using var gateway = await StartAsync(transport, "--max-warm", "3", "--log-level", "debug");
        var all = new List<RawConnection>();
        for (var i = 0; i < 5; i++)
        {
            all.Add(await LogInAsync(gateway));
            var expected = Math.Min(i + 1, 3);
            await Deadline.UntilAsync(async () => await WarmAsync(gateway) == expected, () => $"not {expected} of {i + 1}");
        }
        await all[0].AssertRestAsync(Refusal, Ending.Fin);
        await all[1].AssertRestAsync(Refusal, Ending.Fin);
        Assert.Equal(3, await WarmAsync(gateway));
        await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "limit-warm");
        all.ForEach(one => one.Dispose());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task One_that_waited_too_long_is_refused_like_a_request(string transport)
    {
        await using var gateway = await StartAsync(transport, "--warm-timeout", "1s");
        using var ready = await LogInAsync(gateway);
        await ready.AssertRestAsync(Refusal, Ending.Fin);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_gateway_that_stops_refuses_those_that_wait_first(string transport)
    {
        await using var gateway = await StartAsync(transport, "--drain-delay", "20s");
        using var ready = await LogInAsync(gateway);
        await Deadline.UntilAsync(async () => await WarmAsync(gateway) == 1, () => "it does not wait");
        gateway.Signal(Signals.Terminate);
        // It still accepts, for 20 s
        await ready.AssertRestAsync(Refusal, Ending.Fin, TimeSpan.FromSeconds(10));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Forward_keeps_connections_ready_and_finds_another_gateway_when_theirs_is_killed(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var first = await StartAsync(transport);
        await using var second = await StartAsync(transport);
        await using var forward = await ForwardProcess.StartAsync(
            target.EndPoint.ToString(), $"socks5://app:correct%20horse@{first.EndPoint}?warm=64,socks5://app:correct%20horse@{second.EndPoint}", "--retry", "0");
        // A gateway that was slow for a moment at the beginning gets one a second
        var spread = (First: 0, Second: 0);
        await Deadline.UntilAsync(async () => (spread = (await WarmAsync(first), await WarmAsync(second))) is { First: >= 31, Second: >= 31 },
            () => $"{spread} are ready", TimeSpan.FromMinutes(1));
        for (var i = 0; i < 4; i++) (await EchoAsync(forward)).Dispose();
        first.Signal(Signals.Kill);
        await first.WaitForExitAsync();
        for (var i = 0; i < 4; i++) (await EchoAsync(forward)).Dispose();
        await Deadline.UntilAsync(async () => await WarmAsync(second) == 64, () => "they were not replaced");
    }

    private async Task<GatewayProcess> StartAsync(string transport, params string[] options) => await GatewayProcess.StartAsync(
        transport, ["--users", await StoredUsers.WriteAsync(_folder, ("app", Password)), .. options]);

    private static async Task<RawConnection> LogInAsync(GatewayProcess gateway)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", Password)]);
        Assert.Equal([5, 2, 1, 0], await client.ReceiveAsync(4));
        return client;
    }

    private static async Task<RawConnection> EchoAsync(ForwardProcess forward)
    {
        var client = await RawConnection.ConnectAsync(forward.EndPoint);
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
        return client;
    }

    private static async Task<int> WarmAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(gateway.Admin, "/metrics"), TestContext.Current.CancellationToken);
        var line = page.Split('\n').Single(each => each.StartsWith("socks5egress_connections_warm", StringComparison.Ordinal));
        return int.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
    }
}
