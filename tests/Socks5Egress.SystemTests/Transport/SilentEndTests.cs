using System.Net.Sockets;
using Socks5Egress.Gateway;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>The end in order of a silent relay, as a drain makes it, beside messages that begin at that very moment.</summary>
public sealed class SilentEndTests
{
    private const int Pieces = 6, Piece = 1000;

    private static readonly int Rounds = LongRun.Or(5_000, 150);

    public static TheoryData<string> All => Transports.All;

    [Theory, MemberData(nameof(All))]
    public async Task Two_silent_legs_are_told_by_FIN(string transport)
    {
        await using var pair = await RelayedPair.StartAsync(transport);
        await pair.ExchangeAsync(100);
        await EndAsync(pair, EndReason.DrainIdle);
        Assert.Equal(SocketError.Success, await pair.Client.ReadEndAsync());
        Assert.Equal(SocketError.Success, await pair.Target.ReadEndAsync());
        Assert.Equal(EndReason.DrainIdle, (await pair.EndAsync()).Reason());
    }

    [Theory, MemberData(nameof(All))]
    public async Task No_peer_sees_FIN_behind_a_part_of_a_message(string transport)
    {
        var (ended, passed) = (0, 0);
        for (var round = 0; round < Rounds; round++)
        {
            await using var pair = await RelayedPair.StartAsync(transport);
            var (sender, reader) = pair.Ends(ofClient: round % 2 == 0);
            var flowed = pair.Traffic.Flowed;
            var result = new TaskCompletionSource<SilentEnd>(TaskCreationOptions.RunContinuationsAsynchronously);
            // One round in ten asks before the message, and one behind its first bytes, so that both outcomes are seen on any machine
            var before = round % 10 == 1 ? result.Task : Task.CompletedTask;
            var sending = Task.Run(async () =>
            {
                await before;
                Send(sender, round);
            }, Wire.Test);
            if (round % 10 == 2) await Wire.WaitUntilAsync(() => pair.Traffic.Flowed != flowed, "the message has begun");
            SpinFor(round % 37 * 4);
            pair.ClientLeg.Scheduler.Schedule(_ => result.SetResult(pair.ClientLeg.TryEndSilent(pair.TargetLeg, flowed, (byte)EndReason.DrainIdle)), null);
            if (await result.Task.WaitAsync(Wire.Patience, Wire.Test) == SilentEnd.Done)
            {
                ended++;
                // Not a byte of it: the end was decided in front of the message
                Assert.Equal(SocketError.Success, await reader.ReadEndAsync());
                Assert.Equal(EndReason.DrainIdle, (await pair.EndAsync()).Reason());
                await sending;
                continue;
            }
            passed++;
            await reader.ReadExactlyAsync(Pieces * Piece);
            await sending;
        }
        Assert.True(ended > 0 && passed > 0, $"{ended} ended, {passed} passed");
    }

    private static void Send(Socket socket, int round)
    {
        try
        {
            for (var i = 0; i < Pieces; i++)
            {
                socket.Send(new byte[Piece]);
                SpinFor(round % 5 * 3);
            }
        }
        catch (SocketException)
        {
            // The relay has ended, and says so
        }
    }

    private static void SpinFor(int microseconds)
    {
        var until = System.Diagnostics.Stopwatch.GetTimestamp() + (microseconds * System.Diagnostics.Stopwatch.Frequency / 1_000_000);
        while (System.Diagnostics.Stopwatch.GetTimestamp() < until)
        {
        }
    }

    private static async Task EndAsync(RelayedPair pair, EndReason reason)
    {
        var result = new TaskCompletionSource<SilentEnd>();
        await Wire.WaitUntilAsync(() => pair.Traffic.Flowed == 200, "all is counted");
        pair.ClientLeg.Scheduler.Schedule(_ => result.SetResult(pair.ClientLeg.TryEndSilent(pair.TargetLeg, 200, (byte)reason)), null);
        Assert.Equal(SilentEnd.Done, await result.Task.WaitAsync(Wire.Patience, Wire.Test));
    }
}
