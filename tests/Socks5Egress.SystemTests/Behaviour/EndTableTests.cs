using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Every row of <see cref="EndTable"/> through a gateway on each transport, with one core and with two.</summary>
public sealed class EndTableTests(EndTableTests.Started gateways) : IClassFixture<EndTableTests.Started>
{
    public static MatrixTheoryData<bool, EndHow, EndWhen, string> Rows =>
        EndTable.With(TransportKind.All.SelectMany(row => (string[])[row.Data, row.Data + " on one core"]));

    [Theory, MemberData(nameof(Rows))]
    public async Task What_one_side_does_the_other_side_sees(bool byClient, EndHow how, EndWhen when, string way)
    {
        var gateway = await gateways.OfAsync(way, idle: how == EndHow.Silence);
        await using var target = RawTarget.Start();
        using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
        using var peer = await target.AcceptAsync();

        await (byClient ? EndTable.PlayAsync(client, peer, how, when) : EndTable.PlayAsync(peer, client, how, when));
        var end = await gateway.Log.SessionEndAsync(client.Local);
        Assert.Equal(EndTable.Name(byClient, how), end.GetProperty("end").GetString());
    }

    /// <summary>One gateway for each way, started when its first row is played.</summary>
    public sealed class Started : IAsyncDisposable
    {
        private readonly Dictionary<(string Way, bool Idle), GatewayProcess> _running = [];

        internal async Task<GatewayProcess> OfAsync(string way, bool idle)
        {
            if (_running.TryGetValue((way, idle), out var there)) return there;
            var words = way.Split(' ', 2);
            return _running[(way, idle)] = await GatewayProcess.StartAsync(new GatewayStart
            {
                Transport = words[0],
                Options = [.. GatewayProcess.OpenLoopback, .. idle ? (string[])["--idle-timeout", "500ms"] : []],
                Through = words.Length > 1 ? ["taskset", "-c", "0"] : [],
            });
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var gateway in _running.Values) await gateway.DisposeAsync();
        }
    }
}
