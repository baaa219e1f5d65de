using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Faults, each followed by the same question: is a good client served, and are descriptors, sessions and memory back?</summary>
public sealed class FaultTests
{
    private const int Seed = 20261125;

    /// <summary>Descriptors: the DNS client keeps its sockets for the next questions. Each fault would leave hundreds if it left one a client.</summary>
    private const int Slack = 32;

    /// <summary>What garbage happens to ask for stays on this machine.</summary>
    private static readonly string[] NowhereElse = ["--default", "none", "--resolver", "127.0.0.1:9"];

    private const long MemorySlack = 96L << 20;

    /// <summary>Between two thirds of the same traffic.</summary>
    private const long GrowthSlack = 16L << 20;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task Five_hundred_stalled_handshakes(string transport) => RecoversAsync(transport, ["--handshake-timeout", "2s"], async (gateway, _) =>
    {
        byte[][] beginnings = [[], [5], [5, 1], [5, 1, 0], [4, 1], "CONNECT "u8.ToArray(), "GET http://"u8.ToArray(), [5, 1, 0, 5, 1, 0, 3, 200]];
        var clients = await Task.WhenAll(Enumerable.Range(0, 500).Select(async i =>
        {
            var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(beginnings[i % beginnings.Length]);
            return client;
        }));
        foreach (var client in clients)
        {
            await client.ReceiveToEndAsync();
            client.Dispose();
        }
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task A_thousand_connects_of_a_port_scan(string transport) => RecoversAsync(transport, [], async (gateway, _) =>
    {
        for (var i = 0; i < 1000; i++)
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            if (i % 2 == 0) client.Reset();
        }
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task Two_thousand_handshakes_of_garbage(string transport) => RecoversAsync(transport, NowhereElse, async (gateway, target) =>
    {
        var random = new Random(Seed);
        byte[][] good =
        [
            [.. Socks5.Greeting(0), .. Socks5.Connect(target.EndPoint)],
            [4, 1, 0, 80, 127, 0, 0, 1, 0],
            "CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n"u8.ToArray(),
        ];
        var messages = Enumerable.Range(0, 2000).Select(i => Spoilt(random, good[i % good.Length])).ToArray();
        await Parallel.ForEachAsync(messages, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (message, _) =>
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            try
            {
                await client.SendAsync(message);
                client.Finish();
                await client.ReceiveToEndAsync();
            }
            catch (SocketException)
            {
                // The gateway may be done with it before all of it is sent
            }
        });
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task Targets_and_clients_that_never_read(string transport) => RecoversAsync(transport, [], async (gateway, _) =>
    {
        await using var silent = RawTarget.Start();
        await using var talking = RawTarget.Start(FloodAsync);
        var senders = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawClient.OpenAsync(gateway, silent.EndPoint)));
        var receivers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => RawClient.OpenAsync(gateway, talking.EndPoint)));
        await Task.WhenAll(senders.Select(FloodAsync));
        foreach (var client in (RawConnection[])[.. senders, .. receivers]) client.Reset();
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task A_black_hole_and_targets_that_are_not_there(string transport) => RecoversAsync(transport, ["--connect-timeout", "1s"], async (gateway, _) =>
    {
        using var hole = await BlackHole.OpenAsync();
        var codes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => RawClient.CodeAsync(gateway, Socks5.Connect(hole.EndPoint))));
        Assert.All(codes, code => Assert.Equal(ReplyCode.HostUnreachable, code));
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task A_target_killed_in_the_middle_of_a_dump(string transport) => RecoversAsync(transport, [], async (gateway, _) =>
    {
        // It has not read all that was sent to it: the kernel answers for the dead with a reset
        await using var dumping = EndlessDump();
        await using var target = await GatewayProcess.StartAsync(transport);
        using var client = await DumpAsync(gateway, target, dumping);
        await FloodUntilUnreadAsync(client, target);
        target.Signal(Signals.Kill);
        Assert.Equal(Ending.Reset, (await client.ReceiveToEndAsync()).Ending);
        Assert.Equal("target-reset", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    });

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task A_killed_target_that_had_read_everything_ends_in_order_as_its_kernel_says(string transport) => RecoversAsync(transport, [], async (gateway, _) =>
    {
        await using var dumping = EndlessDump();
        await using var target = await GatewayProcess.StartAsync(transport);
        using var client = await DumpAsync(gateway, target, dumping);
        target.Signal(Signals.Kill);
        // No other TCP program could tell: the length of the dump is the protocol's to know
        Assert.Equal(Ending.Fin, (await client.ReceiveToEndAsync()).Ending);
        client.Finish();
        Assert.Equal("target-fin", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    });

    /// <summary>Half a minute of everything at once, five minutes in the long form: flat at the end.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public Task Mixed_traffic(string transport) => RecoversAsync(transport, [], async (gateway, target) =>
    {
        var length = LongRun.Or(TimeSpan.FromMinutes(5), TimeSpan.FromSeconds(30));
        using var over = new CancellationTokenSource(length);
        var watching = WatchAsync(gateway, length / 30, over.Token);
        await Task.WhenAll(Enumerable.Range(0, 24).Select(async worker =>
        {
            var random = new Random(Seed + worker);
            while (!over.IsCancellationRequested)
            {
                using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
                var what = random.Next(5);
                if (what == 0) continue;
                await client.SendAsync(Socks5.Greeting(0));
                await client.ReceiveAsync(2);
                if (what == 1) continue;
                await client.SendAsync(Socks5.Connect(target.EndPoint));
                await Socks5.ReadReplyAsync(client);
                var message = new byte[random.Next(1, 100_000)];
                random.NextBytes(message);
                var sending = client.SendAsync(message);
                Assert.Equal(message, await client.ReceiveAsync(message.Length));
                await sending;
                if (what == 2) client.Reset();
                if (what != 3) continue;
                client.Finish();
                await client.AssertRestAsync([], Ending.Fin);
            }
        }));

        // The last third against the one before: what grows with time shows, whatever the level is
        var seen = await watching;
        var (before, after) = (seen[(seen.Count / 3)..(seen.Count * 2 / 3)], seen[(seen.Count * 2 / 3)..]);
        var words = $"{before.Max(each => each.Bytes) >> 20}, then {after.Max(each => each.Bytes) >> 20} MiB; {before.Max(each => each.Descriptors)}, then {after.Max(each => each.Descriptors)} descriptors";
        TestContext.Current.TestOutputHelper!.WriteLine(words);
        Assert.True(after.Max(each => each.Bytes) <= before.Max(each => each.Bytes) + GrowthSlack, words);
        Assert.True(after.Max(each => each.Descriptors) <= before.Max(each => each.Descriptors) + Slack, words);
    });

    private static async Task<List<(long Bytes, int Descriptors)>> WatchAsync(GatewayProcess gateway, TimeSpan interval, CancellationToken over)
    {
        var seen = new List<(long Bytes, int Descriptors)>();
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(over)) seen.Add((gateway.ResidentBytes, gateway.Descriptors));
        }
        catch (OperationCanceledException)
        {
            // All of it is seen
        }
        return seen;
    }

    /// <summary>Sends as long as anybody reads, reads nothing, and never ends by itself.</summary>
    private static RawTarget EndlessDump()
    {
        var token = TestContext.Current.CancellationToken;
        return RawTarget.Start(async peer =>
        {
            while (!token.IsCancellationRequested) await peer.SendAsync(new byte[64 * 1024], TimeSpan.FromMinutes(5));
        });
    }

    /// <summary>A client in the middle of a dump, whose target is a process of its own: another gateway.</summary>
    private static async Task<RawConnection> DumpAsync(GatewayProcess gateway, GatewayProcess target, RawTarget dumping)
    {
        var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(dumping.EndPoint)]);
        await client.ReceiveAsync(1 << 20);
        return client;
    }

    private static async Task RecoversAsync(string transport, string[] options, Func<GatewayProcess, RawTarget, Task> fault)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, options);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        for (var i = 0; i < 50; i++) await ServesAsync(gateway, target);
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 0, () => "Sessions remain before the fault");
        var (descriptors, memory) = (gateway.Descriptors, gateway.ResidentBytes);

        await fault(gateway, target);

        await ServesAsync(gateway, target);
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 0, () => "Sessions remain. " + gateway.Log.Text[^Math.Min(2000, gateway.Log.Text.Length)..]);
        await Deadline.UntilAsync(() => gateway.Descriptors <= descriptors + Slack, () => $"{gateway.Descriptors} descriptors, {descriptors} before");
        Assert.True(gateway.ResidentBytes <= memory + MemorySlack, $"{gateway.ResidentBytes >> 20} MiB, {memory >> 20} before");
        Assert.Empty(gateway.Log.Of("session.fault"));
    }

    private static async Task ServesAsync(GatewayProcess gateway, RawTarget target)
    {
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        await client.SendAsync("served"u8.ToArray());
        Assert.Equal("served"u8.ToArray(), await client.ReceiveAsync(6));
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
    }

    /// <summary>Sends until the target leaves it unread: not a guess by time, for a machine may be too busy to take bytes for a while.</summary>
    private static async Task FloodUntilUnreadAsync(RawConnection to, GatewayProcess target)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var flooding = Task.Run(async () =>
        {
            while (true) await to.Socket.SendAsync(new byte[64 * 1024], enough.Token);
        });
        var (last, same) = (0L, 0);
        await Deadline.UntilAsync(
            () =>
            {
                var unread = ProcessState.UnreadAt(target.EndPoint);
                same = unread > 0 && unread == last ? same + 1 : 0;
                last = unread;
                return same == 10;
            },
            () => $"The target reads on; {last} bytes are unread");
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flooding);
    }

    // Sends until nothing more is taken
    private static async Task FloodAsync(RawConnection to)
    {
        var piece = new byte[64 * 1024];
        try
        {
            while (true) await to.SendAsync(piece, TimeSpan.FromSeconds(1));
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException)
        {
            // Full, or gone
        }
    }

    private static byte[] Spoilt(Random random, byte[] message)
    {
        byte[] spoilt = [.. message[..random.Next(1, message.Length + 1)], .. new byte[random.Next(0, 40)]];
        for (var i = random.Next(1, 6); i > 0; i--) spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
        return spoilt;
    }
}
