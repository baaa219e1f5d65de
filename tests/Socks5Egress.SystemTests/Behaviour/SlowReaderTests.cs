using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Silence is judged by what the peers acknowledge, not by what the gateway's kernel takes.</summary>
public sealed class SlowReaderTests
{
    // All of it fits into the gateway's send queue: it takes it at once, and nothing more flows through the relay
    private const int Answer = 480 * 1024, Piece = 8 * 1024, Window = 16 * 1024;

    [Theory, MemberData(nameof(Ways))]
    public async Task A_steady_slow_reader_is_not_silent(string transport, string option)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, option, "1s");
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint, Window);
        using var peer = await target.AcceptAsync();
        client.Finish();
        await peer.AssertRestAsync([], Ending.Fin);
        var sending = peer.SendAsync(new byte[Answer]);
        for (var read = 0; read < Answer; read += Piece)
        {
            await client.ReceiveAsync(Piece);
            await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        }
        await sending;
        peer.Finish();
        await client.AssertRestAsync([], Ending.Fin);
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("client-fin", end.GetProperty("end").GetString());
        Assert.Equal(Answer, end.GetProperty("bytes_down").GetInt32());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task A_reader_that_has_stopped_is_cut_and_what_it_never_got_is_not_counted(string transport, string option)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, option, "1s");
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint, Window);
        using var peer = await target.AcceptAsync();
        client.Finish();
        await peer.AssertRestAsync([], Ending.Fin);
        await peer.SendAsync(new byte[Answer]);
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal(option[2..], end.GetProperty("end").GetString());
        var (bytes, ending) = await client.ReceiveToEndAsync();
        Assert.Equal(Ending.Reset, ending);
        Assert.InRange(end.GetProperty("bytes_down").GetInt32(), bytes.Length, Answer / 2);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task What_a_client_that_went_away_had_acknowledged_is_what_it_got(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint, Window);
        using var peer = await target.AcceptAsync();
        await peer.SendAsync(new byte[Answer]);
        // The gateway has all of it
        await Deadline.UntilAsync(() => ProcessState.UnreadAt(client.Local) > 0, () => "Nothing came");
        await Task.Delay(TimeSpan.FromMilliseconds(200), TestContext.Current.CancellationToken);
        client.Reset();
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal("client-reset", end.GetProperty("end").GetString());
        Assert.InRange(end.GetProperty("bytes_down").GetInt32(), 1, Answer / 2);
    }

    public static TheoryData<string, string> Ways => EachTransport.With("--idle-timeout", "--half-close-timeout");
}
