using System.Net;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Watching;

/// <summary>The status page's button, pressed in a real Chromium.</summary>
public sealed class RetireButtonTests
{
    private const string Token = "0123456789abcdef0123456789abcdef";

    [Fact]
    public async Task With_the_token_it_lets_the_sessions_of_a_target_end_and_says_so()
    {
        using var folder = new TemporaryFolder();
        using var network = await NetworkNamespace.CreateAsync("ip address add 198.51.100.1/32 dev lo");
        await using var target = network.Inside(() => RawTarget.Start(RawTarget.EchoAsync));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto", Through = network.Through,
            Options = ["--allow", "127.0.0.0/8", "--no-auth", "--admin", "0.0.0.0:9180", "--admin-token-file", folder.WriteSecret("token", Token), "--retire-quiet", "500ms"],
        });
        var clients = new List<RawConnection>();
        for (var i = 0; i < 2; i++)
        {
            var (client, _) = await network.Inside(() => RawClient.RequestAsync(gateway, Socks5.Connect(target.EndPoint)));
            await client.SendAsync("hello"u8.ToArray());
            await client.ReceiveAsync(5);
            clients.Add(client);
        }

        var script = RepositoryRoot.Of("tests", "Socks5Egress.SystemTests", "node", "retire-button.mjs");
        var result = await ExternalProgram.RunAsync(network.Through[0], [.. network.Through.Skip(1), "node", script, "http://198.51.100.1:9180/", Token]);
        Assert.True(result.ExitCode == 0, result.ToString());
        var seen = JsonDocument.Parse(result.Output).RootElement;
        Assert.Equal((int)HttpStatusCode.Unauthorized, seen.GetProperty("refused").GetInt32());
        Assert.StartsWith("retired: 2 due, ", seen.GetProperty("said").GetString(), StringComparison.Ordinal);
        Assert.Empty(seen.GetProperty("faults").EnumerateArray());
        foreach (var client in clients)
        {
            Assert.Equal(Ending.Fin, (await client.ReceiveToEndAsync()).Ending);
            Assert.Equal("retired-asked", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
            client.Dispose();
        }
    }
}
