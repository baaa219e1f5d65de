using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>Where the log goes is not the sessions' concern: a full pipe or disk stops none.</summary>
public sealed class LogTests
{
    // Each session writes a line of some 500 bytes: far more than the 64 KiB that a pipe holds
    private const int Sessions = 400;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_log_that_nobody_reads_stops_no_session(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(
            new GatewayStart { Transport = transport, Options = GatewayProcess.OpenLoopback, ReadsLog = false });
        await ServeAsync(gateway, Sessions);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_log_on_a_full_disk_stops_no_session(string transport)
    {
        await using var gateway = await GatewayProcess.StartUnheardAsync(new GatewayStart
        {
            Transport = transport,
            Options = GatewayProcess.OpenLoopback,
            Through = ["sh", "-c", "exec \"$0\" \"$@\" 2>/dev/full"],
        });
        await ServeAsync(gateway, 50);
        Assert.Equal(0, await gateway.StopAsync());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Standard_output_stays_empty(string transport)
    {
        using var folder = new TemporaryFolder();
        var output = Path.Combine(folder.Path, "output");
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = GatewayProcess.OpenLoopback,
            Environment = new Dictionary<string, string> { ["OUTPUT"] = output },
            Through = ["sh", "-c", "exec \"$0\" \"$@\" >\"$OUTPUT\""],
        });
        await ServeAsync(gateway, 3);
        Assert.Equal(0, await gateway.StopAsync());
        Assert.Equal("", await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken));
        Assert.All(gateway.Log.Text.Split('\n'), line => Assert.StartsWith("{", line, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("text")]
    public async Task What_clients_choose_can_neither_begin_a_line_nor_steer_a_terminal(string form)
    {
        string[] hostile = ["a\n{\"event\":\"forged\"}", "\r\nsession.end forged=1", "\u001b[31mred\u001b[0m", "\u009b2J", "q\"u\\o", "nul\0.example", "\u0007\u007f"];
        var start = new GatewayStart { Transport = "sockets", Options = GatewayProcess.OpenLoopback, Log = form };
        await using var gateway = await GatewayProcess.StartUnheardAsync(start);
        foreach (var name in hostile)
        {
            await AskAsync([.. Socks5.Greeting(0), .. Socks5.Connect(name, 443)]);
            if (!name.Contains('\0')) await AskAsync([4, 1, 1, 187, 0, 0, 0, 1, 0, .. System.Text.Encoding.Latin1.GetBytes(name), 0]);
            await AskAsync(System.Text.Encoding.Latin1.GetBytes($"CONNECT {name}:443 HTTP/1.1\r\nHost: x\r\n\r\n"));
            await AskAsync(System.Text.Encoding.Latin1.GetBytes($"GET http://{name}/ HTTP/1.1\r\nHost: x\r\n\r\n"));
        }
        Assert.Equal(0, await gateway.StopAsync());

        var lines = gateway.Log.Text.Split('\n');
        Assert.DoesNotContain(gateway.Log.Text, character => character != '\n' && char.IsControl(character));
        // One line a session, none of them somebody else's
        Assert.Equal((4 * hostile.Length) - 1, lines.Count(line => line.Contains(form == "json" ? "\"event\":\"session.end\"" : " session.end id=", StringComparison.Ordinal)));
        if (form == "json") Assert.Empty(gateway.Log.Of("forged"));
        else Assert.DoesNotContain(lines, line => line.StartsWith("session.end", StringComparison.Ordinal) || line.StartsWith('{'));
        Assert.Contains("u001b[31mred", gateway.Log.Text, StringComparison.OrdinalIgnoreCase);

        async Task AskAsync(byte[] bytes)
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(bytes);
            client.Finish();
            await client.ReceiveToEndAsync();
        }
    }

    private static async Task ServeAsync(GatewayProcess gateway, int sessions)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        for (var i = 0; i < sessions; i++)
        {
            using var client = await RawClient.OpenAsync(gateway, target.EndPoint);
            await client.SendAsync("x"u8.ToArray());
            await client.ReceiveAsync(1);
        }
    }
}
