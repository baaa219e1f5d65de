using System.Net.Sockets;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>
/// The reset and half-close table: who ends it, how, and when, with what the other side sees, the counts and the end that is reported.
/// </summary>
public sealed class RelayOutcomeTests
{
    // What a sender meets after a reset, depending on the moment
    private static readonly SocketError[] Broken = [SocketError.ConnectionReset, SocketError.Shutdown];

    public static TheoryData<string> Ways => RelayedPair.Ways;

    public static MatrixTheoryData<string, bool, int> Table => new([.. RelayedPair.Ways.Select(static row => row.Data)], [true, false], [0, 1000]);

    public static MatrixTheoryData<string, bool> Sides => new([.. RelayedPair.Ways.Select(static row => row.Data)], [true, false]);

    [Theory, MemberData(nameof(Table))]
    public async Task A_FIN_before_or_after_data_is_passed_on_and_the_other_way_stays_open(string way, bool byClient, int data)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        await pair.ExchangeAsync(data);
        var (first, second) = pair.Ends(byClient);

        first.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await second.ReadEndAsync());
        await Wire.WaitUntilAsync(() => (byClient ? pair.Traffic.FinUp : pair.Traffic.FinDown) != 0, "the FIN was counted");
        Assert.False(pair.End.IsCompleted);

        await second.SendAsync("last words"u8.ToArray(), Wire.Test);
        Assert.Equal("last words"u8.ToArray(), await first.ReadExactlyAsync(10));
        second.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await first.ReadEndAsync());

        Assert.Equal(new RelayOutcome(byClient ? RelayClose.ClientFin : RelayClose.TargetFin, SocketError.Success), await pair.EndAsync());
        Assert.Equal(
            byClient ? (data, data + 10L) : (data + 10L, data),
            (pair.Traffic.BytesUp, pair.Traffic.BytesDown));
        Assert.True(pair.Traffic.FinUp != 0 && pair.Traffic.FinDown != 0);
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task A_FIN_during_data_ends_its_own_direction_only(string way, bool byClient)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (first, second) = pair.Ends(byClient);
        var bulk = Wire.RandomBytes(8 << 20, seed: 3);

        var sending = second.SendAsync(bulk, Wire.Test).AsTask();
        await first.SendAsync("enough"u8.ToArray(), Wire.Test);
        first.Shutdown(SocketShutdown.Send);
        Assert.Equal("enough"u8.ToArray(), await second.ReadExactlyAsync(6));
        Assert.Equal(SocketError.Success, await second.ReadEndAsync());
        Assert.Equal(bulk, await first.ReadExactlyAsync(bulk.Length));
        await sending;
        second.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await first.ReadEndAsync());

        Assert.Equal(byClient ? EndReason.ClientFin : EndReason.TargetFin, (await pair.EndAsync()).Reason());
        Assert.Equal(
            byClient ? (6, bulk.Length) : (bulk.Length, 6),
            (pair.Traffic.BytesUp, pair.Traffic.BytesDown));
    }

    [Theory, MemberData(nameof(Table))]
    public async Task A_reset_before_or_after_data_is_passed_on_as_a_reset(string way, bool byClient, int data)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        await pair.ExchangeAsync(data);
        var (first, second) = pair.Ends(byClient);

        first.Reset();
        Assert.Equal(SocketError.ConnectionReset, await second.ReadEndAsync());
        var end = await pair.EndAsync();
        Assert.Equal(new RelayOutcome(byClient ? RelayClose.ClientReset : RelayClose.TargetReset, SocketError.ConnectionReset), end);
        Assert.Equal((data, data), (pair.Traffic.BytesUp, pair.Traffic.BytesDown));
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task A_reset_during_data_ends_both_directions(string way, bool byClient)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (first, second) = pair.Ends(byClient);
        var bulk = new byte[64 << 20];

        // Neither reads all of it: both directions are blocked or flowing when the reset comes
        var forth = SendUntilBrokenAsync(first, bulk);
        var back = SendUntilBrokenAsync(second, bulk);
        await first.ReadExactlyAsync(1 << 20);
        first.Reset();
        await forth;
        Assert.Contains(await back, Broken);
        Assert.Equal(byClient ? EndReason.ClientReset : EndReason.TargetReset, (await pair.EndAsync()).Reason());
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task A_reset_behind_a_FIN_is_a_reset(string way, bool byClient)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (first, second) = pair.Ends(byClient);

        first.Shutdown(SocketShutdown.Send);
        Assert.Equal(SocketError.Success, await second.ReadEndAsync());
        await second.SendAsync(new byte[1000], Wire.Test);
        await first.ReadExactlyAsync(1000);
        first.Reset();
        await SendUntilBrokenAsync(second, new byte[1]);

        Assert.Equal(byClient ? EndReason.ClientReset : EndReason.TargetReset, (await pair.EndAsync()).Reason());
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task What_was_sent_before_a_reset_arrives_before_it(string way, bool byClient)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (first, second) = pair.Ends(byClient);
        var answer = Wire.RandomBytes(20_000, seed: 4);

        await first.SendAsync(answer, Wire.Test);
        await Wire.WaitUntilAsync(() => second.Available == answer.Length, "the answer has arrived");
        first.Reset();
        await pair.EndAsync();
        Assert.Equal(answer, await second.ReadExactlyAsync(answer.Length));
        Assert.Equal(SocketError.ConnectionReset, await second.ReadEndAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Silence_ends_nothing_and_a_stop_resets_both(string way)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        await pair.ExchangeAsync(1000);

        Assert.False(pair.End.IsCompleted);
        pair.Stop();
        Assert.Equal(new RelayOutcome(RelayClose.Stopped, SocketError.Success), await pair.EndAsync());
        Assert.Equal(SocketError.ConnectionReset, await pair.Client.ReadEndAsync());
        Assert.Equal(SocketError.ConnectionReset, await pair.Target.ReadEndAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Whoever_hears_of_a_stop_hears_of_it_after_the_client_s_reset(string way)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        await pair.ExchangeAsync(1000);
        // On the thread that ends the relay, which can do nothing else meanwhile. The session's log line, with its count of bytes, comes from there
        var heard = pair.End.ContinueWith(
            _ => pair.Client.Poll(TimeSpan.FromSeconds(5), SelectMode.SelectRead),
            Wire.Test, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        pair.Stop();
        Assert.True(await heard, "The relay said that it had ended before its client was reset");
        Assert.Equal(SocketError.ConnectionReset, await pair.Client.ReadEndAsync());
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task A_stop_during_data_ends_it_at_once(string way, bool clientSends)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (sender, receiver) = pair.Ends(clientSends);
        var sending = SendUntilBrokenAsync(sender, new byte[64 << 20]);
        await receiver.ReadExactlyAsync(1 << 20);

        pair.Stop();
        Assert.Equal(new RelayOutcome(RelayClose.Stopped, SocketError.Success), await pair.EndAsync());
        Assert.Contains(await sending.WaitAsync(Wire.Patience, Wire.Test), Broken);
        Assert.Equal(SocketError.ConnectionReset, await receiver.ReadEndOrErrorAsync());
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Bytes_that_came_behind_the_request_go_first(string way)
    {
        var early = Wire.RandomBytes(50_000, seed: 5);
        await using var pair = await RelayedPair.StartAsync(way, early);
        await pair.Client.SendAsync("and more"u8.ToArray(), Wire.Test);

        Assert.Equal(early, await pair.Target.ReadExactlyAsync(early.Length));
        Assert.Equal("and more"u8.ToArray(), await pair.Target.ReadExactlyAsync(8));
        await Wire.WaitUntilAsync(() => pair.Traffic.BytesUp == early.Length + 8, "they were counted");
    }

    private static async Task<SocketError> SendUntilBrokenAsync(Socket socket, byte[] bytes)
    {
        try
        {
            await socket.SendAsync(bytes, Wire.Test);
            return SocketError.Success;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode;
        }
        catch (ObjectDisposedException)
        {
            return SocketError.OperationAborted;
        }
    }
}
