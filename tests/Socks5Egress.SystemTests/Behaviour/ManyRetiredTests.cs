using System.Diagnostics;
using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Thousands of idle sessions that are all to end: how their pool dials again.</summary>
public sealed class ManyRetiredTests
{
    private const int Retired = 9000, Seconds = 60;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Retired_over_a_minute_they_dial_again_evenly(string transport)
    {
        Assert.SkipUnless(LongRun.Wanted, "It is long: SOCKS5EGRESS_LONG=1");
        await using var pool = await IdlePool.StartAsync(transport, Retired, "--retire-quiet", "1s");
        await AdminPage.PostAsync(pool.Gateway, $"/retire?all&over={Seconds}s");
        var times = await pool.DialedAgainAsync(Retired);
        var (mean, worst) = (Retired / (times[^1] - times[0]), times.CountBy(time => (int)(time - times[0])).Max(second => second.Value));
        TestContext.Current.TestOutputHelper!.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{transport}: {mean:f0} a second, {worst} in the worst, {worst / mean:f2} x"));
        Assert.InRange(worst, mean, 2 * mean);
    }

    /// <summary>A gateway, a target, and a program that keeps idle sessions between them.</summary>
    private sealed class IdlePool : IAsyncDisposable
    {
        private readonly RawTarget _target = RawTarget.Start(RawTarget.EchoAsync);
        private Process? _pool;

        public required GatewayProcess Gateway { get; init; }

        public static async Task<IdlePool> StartAsync(string transport, int many, params string[] options)
        {
            var pool = new IdlePool { Gateway = await GatewayProcess.StartAsync(transport, options) };
            pool._pool = Process.Start(new ProcessStartInfo("/usr/bin/python3", [RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "python", "idle_pool.py"),
                pool.Gateway.EndPoint.ToString(), pool._target.EndPoint.ToString(), many.ToString(CultureInfo.InvariantCulture)])
            { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            using var deadline = Deadline.Token(TimeSpan.FromMinutes(2));
            Assert.Equal("ready", await pool._pool.StandardOutput.ReadLineAsync(deadline.Token));
            return pool;
        }

        /// <summary>When so many sessions were dialed again, in seconds.</summary>
        public async Task<List<double>> DialedAgainAsync(int many)
        {
            var times = new List<double>();
            using var deadline = Deadline.Token(TimeSpan.FromMinutes(4));
            while (times.Count < many && await _pool!.StandardOutput.ReadLineAsync(deadline.Token) is { } line) times.Add(double.Parse(line, CultureInfo.InvariantCulture));
            return times;
        }

        public async ValueTask DisposeAsync()
        {
            if (_pool is not null)
            {
                if (!_pool.HasExited) _pool.Kill();
                _pool.Dispose();
            }
            await Gateway.DisposeAsync();
            await _target.DisposeAsync();
        }
    }
}
