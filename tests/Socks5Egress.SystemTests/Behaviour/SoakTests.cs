using System.Security.Cryptography;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>
/// Everything at once for a while: short sessions, bulk both ways, half-closes, resets and clients that stall in their handshake. Every byte
/// is checked; afterwards the gateway holds what it held before. 20 minutes a row in the long form.
/// </summary>
public sealed class SoakTests
{
    private const int Slack = 8;
    private const long Megabyte = 1 << 20;

    /// <summary>Both numbers of cores; <c>SOCKS5EGRESS_CORES</c> (a comma list) narrows a run by hand, as the rows of the long form take 20 minutes each.</summary>
    public static MatrixTheoryData<string, string> Ways =>
        new(TransportKind.All.Select(row => row.Data), (Environment.GetEnvironmentVariable("SOCKS5EGRESS_CORES") ?? "1,2").Split(','));

    [Theory, MemberData(nameof(Ways))]
    public async Task Mixed_work_leaves_nothing_behind(string transport, string cores)
    {
        await using var gateway = await StartAsync(transport, cores);
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        await WorkAsync(gateway, echo, TimeSpan.FromSeconds(3));
        await QuietAsync(gateway);
        var (descriptors, memory) = (gateway.Descriptors, gateway.ResidentBytes);

        var sessions = await WorkAsync(gateway, echo, LongRun.Or(TimeSpan.FromMinutes(20), TimeSpan.FromSeconds(6)));
        await QuietAsync(gateway);
        Assert.True(sessions > 50, $"only {sessions} sessions");
        await Deadline.UntilAsync(() => gateway.Descriptors <= descriptors + Slack, () => $"{gateway.Descriptors} descriptors, {descriptors} before");
        var grown = (gateway.ResidentBytes - memory) / Megabyte;
        Assert.True(grown < 48, $"{grown} MiB more after {sessions} sessions");
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Random_bytes_both_ways_arrive_unchanged(string transport, string cores)
    {
        await using var gateway = await StartAsync(transport, cores);
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();
        var mebibytes = LongRun.Or(256, 32);
        var received = new[] { HashAsync(client), HashAsync(peer) };
        var sent = await Task.WhenAll(SendRandomAsync(peer, mebibytes), SendRandomAsync(client, mebibytes));
        Assert.Equal(sent, await Task.WhenAll(received));
    }

    private static Task<GatewayProcess> StartAsync(string transport, string cores) => GatewayProcess.StartAsync(new GatewayStart
    {
        Transport = transport,
        Options = [.. GatewayProcess.OpenLoopback, "--handshake-timeout", "2s"],
        Through = cores == "1" ? ["taskset", "-c", "0"] : [],
    });

    // Returns how many sessions there were
    private static async Task<int> WorkAsync(GatewayProcess gateway, RawTarget echo, TimeSpan time)
    {
        using var over = new CancellationTokenSource(time);
        var done = 0;
        var works = new Func<Task>[]
        {
            () => EchoAsync(gateway, echo, 64, reset: false),
            () => EchoAsync(gateway, echo, 64, reset: true),
            () => EchoAsync(gateway, echo, 100_000, reset: false),
            () => BulkAsync(gateway, echo),
            () => StallAsync(gateway),
        };
        await Task.WhenAll(works.Select(work => Task.Run(async () =>
        {
            while (!over.IsCancellationRequested)
            {
                await work();
                Interlocked.Increment(ref done);
            }
        })));
        return done;
    }

    private static async Task QuietAsync(GatewayProcess gateway)
    {
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 0, () => "Sessions are left over");
    }

    private static async Task EchoAsync(GatewayProcess gateway, RawTarget echo, int bytes, bool reset)
    {
        using var client = await RawClient.OpenAsync(gateway, echo.EndPoint);
        var sent = RandomNumberGenerator.GetBytes(bytes);
        var sending = client.SendAsync(sent);
        Assert.Equal(sent, await client.ReceiveAsync(bytes));
        await sending;
        if (reset)
        {
            client.Reset();
            return;
        }
        client.Finish();
        await client.AssertRestAsync([], Ending.Fin);
    }

    private static async Task BulkAsync(GatewayProcess gateway, RawTarget echo)
    {
        using var client = await RawClient.OpenAsync(gateway, echo.EndPoint);
        var received = Pattern.ReceiveAsync(client, 8 * Megabyte);
        await Pattern.SendAsync(client, 8 * Megabyte);
        client.Finish();
        Assert.Equal(Ending.Fin, await received);
    }

    private static async Task StallAsync(GatewayProcess gateway)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(new byte[] { 5 });
        await client.ReceiveToEndAsync();
    }

    private static async Task<string> SendRandomAsync(RawConnection connection, int mebibytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < mebibytes; i++)
        {
            var bytes = RandomNumberGenerator.GetBytes((int)Megabyte);
            hash.AppendData(bytes);
            await connection.SendAsync(bytes);
        }
        connection.Finish();
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<string> HashAsync(RawConnection connection)
    {
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(3));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        while (await connection.Socket.ReceiveAsync(buffer, deadline.Token) is > 0 and var got) hash.AppendData(buffer, 0, got);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
