using System.Diagnostics;
using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>A signal under load: pools are emptied in order, whoever awaits an answer gets it.</summary>
public sealed class PoolDrainTests
{
    private const int Busy = 200, Idle = 800, Piece = 64 * 1024, Pieces = 24;

    public static MatrixTheoryData<int, string> SignalsAndTransports =>
        new([Signals.Terminate, Signals.Interrupt], TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(SignalsAndTransports))]
    public async Task Idle_sessions_are_closed_in_order_and_busy_ones_end_by_themselves(int signal, string transport)
    {
        var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "200ms", "--drain-timeout", "20s");
        // One byte asks: i is answered at once, q when the test says so, d by a transfer that takes its time
        await using var target = RawTarget.Start(async peer =>
        {
            while ((await peer.ReceiveAsync(1, TimeSpan.FromMinutes(2)))[0] is var asked)
            {
                if (asked == 'q') await answer.Task;
                if (asked == 'd') await TransferAsync(peer);
                await peer.SendAsync("."u8.ToArray());
            }
        });
        var idle = await OpenAsync(gateway, target, Idle, 'i');
        var waiting = await OpenAsync(gateway, target, Busy / 2, 'q');
        var loading = await OpenAsync(gateway, target, Busy / 2, 'd');
        foreach (var client in idle) Assert.Equal("."u8.ToArray(), await client.ReceiveAsync(1));

        using var late = await RawConnection.ConnectAsync(gateway.EndPoint);
        Assert.Equal(HttpStatusCode.OK, (await AdminPage.GetAsync(gateway, "/readyz")).Status);
        var load = new Overload(gateway);
        var watch = Stopwatch.StartNew();
        gateway.Signal(signal);
        await RedInTimeAsync(gateway, watch, load);
        await gateway.Log.WaitAsync("gateway.draining");
        // Accepted before the listener closes: served
        await late.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(target.EndPoint), (byte)'i']);
        Assert.Equal([5, 0], await late.ReceiveAsync(2));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(late)).Code);
        Assert.Equal("."u8.ToArray(), await late.ReceiveAsync(1));

        var transfers = loading.Select(async client => Assert.Equal((Piece * Pieces) + 1, (await client.ReceiveAsync((Piece * Pieces) + 1)).Length));
        await Task.WhenAll(transfers);
        var closed = await Task.WhenAll(idle.Select(async client => (await client.ReceiveToEndAsync()).Ending));
        Assert.All(closed, ending => Assert.Equal(Ending.Fin, ending));
        answer.SetResult();
        foreach (var client in waiting) Assert.Equal("."u8.ToArray(), await client.ReceiveAsync(1));
        Assert.Equal(0, await gateway.WaitForExitAsync(TimeSpan.FromMinutes(1)));
        // The window, the delay and some seconds for a busy machine
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(30));

        var ends = gateway.Log.Of("session.end").Select(entry => entry.GetProperty("end").GetString()).ToArray();
        Assert.Equal(Idle + Busy + 1, ends.Length);
        Assert.DoesNotContain("drain-timeout", ends);
        foreach (var client in (RawConnection[])[.. idle, .. waiting, .. loading]) client.Dispose();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Pools_are_emptied_over_the_first_half_of_the_window(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--drain-delay", "0", "--drain-timeout", "12s");
        await using var target = RawTarget.Start();
        var clients = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => RawClient.OpenAsync(gateway, target.EndPoint)));
        gateway.Signal(Signals.Terminate);
        await gateway.Log.WaitAsync("gateway.draining");
        var watch = Stopwatch.StartNew();
        var times = await Task.WhenAll(clients.Select(async client =>
        {
            Assert.Equal(Ending.Fin, (await client.ReceiveToEndAsync()).Ending);
            return watch.Elapsed;
        }));
        // Not all at once, and none in the second half (with a second for a busy machine)
        Assert.True(times.Max() - times.Min() > TimeSpan.FromSeconds(3), $"All within {times.Max() - times.Min()}");
        Assert.InRange(times.Max(), TimeSpan.Zero, TimeSpan.FromSeconds(9));
        Assert.Equal(0, await gateway.WaitForExitAsync());
        foreach (var client in clients) client.Dispose();
    }

    /// <summary>
    /// Whoever asks 100 ms after the signal or later hears that it is not ready; where several wait for each processor, so many times later, and
    /// later by what the gateway itself waited for one.
    /// </summary>
    private static async Task RedInTimeAsync(GatewayProcess gateway, Stopwatch sinceSignal, Overload load)
    {
        var waiting = double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) / Environment.ProcessorCount;
        var most = TimeSpan.FromMilliseconds(100) * Math.Max(1, waiting);
        var green = TimeSpan.Zero;
        await Deadline.UntilAsync(
            async () =>
            {
                var asked = sinceSignal.Elapsed;
                var (status, _) = await AdminPage.GetAsync(gateway, "/readyz");
                if (status == HttpStatusCode.OK) green = asked;
                else Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                return status != HttpStatusCode.OK;
            },
            () => "It stays ready after the signal");
        // Looked at now: a wait is counted when it is over
        var allowed = most + load.Waited;
        Assert.True(green < allowed, $"Ready for who asked {green.TotalMilliseconds} ms after the signal; {allowed.TotalMilliseconds} ms are allowed");
        TestContext.Current.TestOutputHelper!.WriteLine($"last ready for who asked {green.TotalMilliseconds} ms after the signal");
    }

    /// <summary>On a thread of its own: a second without a piece, while the pool is busy, would be a finished answer to the gateway.</summary>
    private static Task TransferAsync(RawConnection peer) => Task.Factory.StartNew(
        () =>
        {
            var piece = new byte[Piece];
            for (var i = 0; i < Pieces; i++)
            {
                for (var sent = 0; sent < Piece;) sent += peer.Socket.Send(piece.AsSpan(sent));
                Thread.Sleep(TimeSpan.FromMilliseconds(100));
            }
        },
        TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task<RawConnection[]> OpenAsync(GatewayProcess gateway, RawTarget target, int count, char asks)
    {
        var clients = new RawConnection[count];
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            clients[i] = await RawClient.OpenAsync(gateway, target.EndPoint);
            await clients[i].SendAsync(new[] { (byte)asks });
        });
        return clients;
    }
}
