using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>The time-outs of a running session. They are silence, not age.</summary>
public sealed class TimeoutTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_silent_session_is_closed_after_the_idle_timeout_and_a_talking_one_is_not(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--idle-timeout", "2s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var silent = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var talking = await RawClient.OpenAsync(gateway, target.EndPoint);
        var closed = silent.ReceiveToEndAsync();
        while (!closed.IsCompleted) await TalkAsync(talking);
        await closed;
        Assert.Equal("idle-timeout", (await gateway.Log.SessionEndAsync(silent.Local)).GetProperty("end").GetString());
        await TalkAsync(talking);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_half_closed_session_ends_after_silence_and_not_while_bytes_flow(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--half-close-timeout", "2s");
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();
        client.Finish();
        await peer.AssertRestAsync([], Ending.Fin);
        for (var i = 0; i < 30; i++)
        {
            await peer.SendAsync("x"u8.ToArray());
            await client.ReceiveAsync(1);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
        }
        // Nothing is in flight
        await client.AssertRestAsync([], Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("half-close-timeout", end.GetProperty("end").GetString());
        Assert.Contains("--half-close-timeout", end.GetProperty("hint").GetString(), StringComparison.Ordinal);
        Assert.Equal((0, 30), (end.GetProperty("bytes_up").GetInt32(), end.GetProperty("bytes_down").GetInt32()));
    }

    private static async Task TalkAsync(RawConnection client)
    {
        await client.SendAsync("x"u8.ToArray());
        await client.ReceiveAsync(1);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TestContext.Current.CancellationToken);
    }
}
