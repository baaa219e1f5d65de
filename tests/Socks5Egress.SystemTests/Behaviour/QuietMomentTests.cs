using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Behaviour;

/// <summary>What looks like a quiet moment and is none, with a real PostgreSQL and with HTTP.</summary>
public sealed class QuietMomentTests(EgressSetup setup)
{
    /// <summary>Notices are sent at once, and rows as they are fetched: all pauses are longer than the quiet time.</summary>
    private const string Script = """
        DO $$ BEGIN FOR i IN 1..3 LOOP RAISE NOTICE 'notice %', i; PERFORM pg_sleep(0.6); END LOOP; END $$;
        \set FETCH_COUNT 1
        SELECT 'row ' || i || pg_sleep(0.4) FROM generate_series(1, 3) i;
        BEGIN;
        \! sleep 1.5
        COMMIT;
        SELECT 'in time';
        \! sleep 4
        SELECT 'too late';

        """;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Psql_in_clear_is_ended_between_two_transactions_and_at_no_other_moment(string transport)
    {
        var server = await setup.PlainAsync();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. EgressSetup.Options, "--session-lifetime", "100ms", "--retire-quiet", "500ms", "--forward",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0=127.0.0.1:{server.Port}")],
        });
        var environment = DatabaseClient.Libpq(server, "127.0.0.1");
        (environment["PGPORT"], environment["PGSSLMODE"]) = (gateway.Forward().Port.ToString(CultureInfo.InvariantCulture), "disable");
        var result = await ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-A", "-t", "-f", "-"], environment, Script);
        foreach (var expected in new[] { "row 3", "COMMIT", "in time" }) Assert.True(result.Output.Contains(expected, StringComparison.Ordinal), $"{expected}: {result}\n{gateway.Log.Text}");
        Assert.Contains("notice 3", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("too late", result.Output, StringComparison.Ordinal);
        Assert.Equal("retired-lifetime", (await gateway.Log.WaitAsync("session.end")).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_HTTP_connection_ends_between_two_requests(string transport)
    {
        await using var origin = RawTarget.Start(AnswerAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--session-lifetime", "1s", "--retire-quiet", "500ms");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n"));
        var answer = Encoding.ASCII.GetString((await client.ReceiveToEndAsync()).Bytes);
        Assert.EndsWith("ok", answer, StringComparison.Ordinal);
        Assert.Equal("retired-lifetime", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_HTTP_client_without_pauses_has_every_answer_and_is_told_of_the_end(string transport)
    {
        await using var origin = RawTarget.Start(AnswerAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport);
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        var request = Encoding.ASCII.GetBytes($"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: {origin.EndPoint}\r\n\r\n");
        Task<(HttpStatusCode Status, string Body)>? retiring = null;
        var watch = Stopwatch.StartNew();
        for (var answer = ""; ; )
        {
            await client.SendAsync(request);
            var pause = watch.Elapsed;
            answer = await ReadAnswerAsync(client);
            watch.Restart();
            // On a machine that stops for so long there was a pause
            if (answer.Length == 0)
            {
                Assert.True(pause >= TimeSpan.FromMilliseconds(200), $"It ended without a word {pause} after an answer");
                return;
            }
            Assert.EndsWith("ok", answer, StringComparison.Ordinal);
            if (answer.Contains("connection: close", StringComparison.OrdinalIgnoreCase)) break;
            retiring ??= AdminPage.PostAsync(gateway, "/retire?all&now");
        }
        await client.AssertRestAsync([], Ending.Fin);
        Assert.Contains("\"due\":1", (await retiring!).Body, StringComparison.Ordinal);
        Assert.Equal("retired-asked", (await gateway.Log.SessionEndAsync(client.Local)).GetProperty("end").GetString());

        static async Task<string> ReadAnswerAsync(RawConnection client)
        {
            var (answer, room) = ("", new byte[4096]);
            try
            {
                while (!answer.EndsWith("\r\n\r\nok", StringComparison.Ordinal) && await client.ReceiveSomeAsync(room) is > 0 and var got) answer += Encoding.ASCII.GetString(room, 0, got);
            }
            catch (SocketException) when (answer.Length == 0)
            {
                // The request came too late
            }
            return answer;
        }
    }

    private static async Task AnswerAsync(RawConnection socket)
    {
        var room = new byte[4096];
        while (await socket.ReceiveSomeAsync(room) > 0) await socket.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
    }
}
