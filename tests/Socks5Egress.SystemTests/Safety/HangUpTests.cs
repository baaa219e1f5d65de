using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>SIGHUP asks for a reload and nothing else, from the first moment that a program can say so to the last.</summary>
public sealed class HangUpTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_storm_through_start_work_and_end_ends_nothing(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        for (var round = 0; round < LongRun.Or(10, 1); round++)
        {
            await using var gateway = GatewayProcess.StartUnawaited(new GatewayStart { Transport = transport, Options = GatewayProcess.OpenLoopback });
            // Before the program's first line the signal is the runtime's, which ends for it
            await Deadline.UntilAsync(() => CatchesHangUp(gateway.Pid), () => gateway.Log.Text);
            var ended = false;
            var storm = Task.Run(async () =>
            {
                while (!Volatile.Read(ref ended) && Signals.TrySend(gateway.Pid, Signals.HangUp)) await Task.Delay(2);
            }, TestContext.Current.CancellationToken);
            await gateway.WaitReadyAsync();
            Assert.Equal(ReplyCode.Succeeded, await RawClient.CodeAsync(gateway, Socks5.Connect(target.EndPoint)));
            await gateway.Log.WaitAsync("config.loaded", line => line.GetProperty("by").GetString() == "signal");
            Assert.Equal(0, await gateway.StopAsync());
            Volatile.Write(ref ended, true);
            await storm;
        }
    }

    /// <summary>SigCgt of proc(5): bit n - 1 is signal n.</summary>
    private static bool CatchesHangUp(int pid)
    {
        var caught = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("SigCgt:", StringComparison.Ordinal));
        return (ulong.Parse(caught.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) & 1) != 0;
    }
}
