using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Guesses, however many at once, lock out nobody who has a password, also when nobody has logged in since the start.</summary>
public sealed class FairLoginTests : IDisposable
{
    private const int Iterations = 100_000;
    private const int Guessers = 120;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string, string> Rows() => EachTransport.With("one source", "eight sources");

    [Theory, MemberData(nameof(Rows))]
    public async Task Beside_guessers_everybody_else_logs_in(string transport, string from)
    {
        var users = WriteUsers("guessed", "a", "b", "c", "d");
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", users);
        using var stop = new CancellationTokenSource();
        var sources = from == "one source" ? 1 : 8;
        var guessers = Enumerable.Range(0, Guessers).Select(i => GuessAsync(gateway.EndPoint, IPAddress.Parse($"127.0.40.{1 + (i % sources)}"), stop.Token)).ToList();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Any(), () => gateway.Log.Text);

        // At once, from another source each, and one from that of the guessers
        var victims = new[] { ("a", "127.0.41.1"), ("b", "127.0.41.2"), ("c", "127.0.41.3"), ("d", "127.0.40.1") };
        var answers = await Task.WhenAll(victims.Select(victim => LogInAsync(gateway.EndPoint, IPAddress.Parse(victim.Item2), victim.Item1, "right")));
        await stop.CancelAsync();
        await Task.WhenAll(guessers);
        Assert.Equal([0, 0, 0, 0], answers);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task As_many_sources_as_guesses_hold_up_no_login_from_another_network(string transport)
    {
        // None of the sources has been wrong yet: nothing but its network tells a guess from the login of somebody who knows the password
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", WriteUsers("guessed", "a"), "--handshake-timeout", "2m");
        var guessers = new List<RawConnection>();
        for (var i = 1; i <= Guessers; i++)
        {
            guessers.Add(await RawConnection.ConnectAsync(gateway.EndPoint, IPAddress.Parse($"127.0.40.{i}")));
            await guessers[^1].SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("guessed", "wrong")]);
        }
        var hashed = 0;
        var answers = guessers.Select(async guesser =>
        {
            await guesser.ReceiveAsync(4, TimeSpan.FromMinutes(1));
            Interlocked.Increment(ref hashed);
        }).ToList();

        var before = Volatile.Read(ref hashed);
        Assert.Equal(0, await LogInAsync(gateway.EndPoint, IPAddress.Parse("127.0.41.1"), "a", "right"));
        Assert.InRange(Volatile.Read(ref hashed) - before, 0, Guessers / 4);
        await Task.WhenAll(answers);
        guessers.ForEach(static guesser => guesser.Dispose());
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_full_queue_says_when_to_come_again(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", WriteUsers("app"), "--handshake-timeout", "2m");
        // 256 may wait beside those that are hashed
        List<RawConnection> clients = [];
        var busy = false;
        for (var i = 0; i < 320; i++)
        {
            clients.Add(await RawConnection.ConnectAsync(gateway.EndPoint));
            await clients[i].SendAsync("CONNECT 203.0.114.1:443 HTTP/1.1\r\nHost: 203.0.114.1:443\r\nProxy-Authorization: Basic YXBwOndyb25n\r\n\r\n"u8.ToArray());
        }
        await foreach (var ended in Task.WhenEach(clients.Select(client => client.ReceiveToEndAsync(TimeSpan.FromMinutes(1)))))
        {
            var answer = Encoding.ASCII.GetString((await ended).Bytes);
            busy = answer.StartsWith("HTTP/1.1 503 ", StringComparison.Ordinal);
            if (busy) Assert.Contains("\r\nRetry-After: 1\r\n", answer, StringComparison.Ordinal);
            else Assert.StartsWith("HTTP/1.1 407 ", answer, StringComparison.Ordinal);
            if (busy) break;
        }
        Assert.True(busy, gateway.Log.Text);
        foreach (var client in clients) client.Dispose();
        await gateway.Log.WaitAsync("session.end", end => end.GetProperty("end").GetString() == "credentials-busy");
    }

    public static TheoryData<string, string> Protocols() => EachTransport.With("socks5", "connect", "absolute-form");

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_login_whose_hash_does_not_come_in_time_is_answered(string transport, string protocol)
    {
        // One hash takes seconds, on any machine
        await using var gateway = await GatewayProcess.StartAsync(transport, "--users", WriteUsers(10_000_000, "app"), "--handshake-timeout", "500ms");
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        const string fields = "Host: 203.0.114.1:443\r\nProxy-Authorization: Basic YXBwOnJpZ2h0\r\n\r\n";
        await client.SendAsync(protocol switch
        {
            "socks5" => [.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", "right")],
            "connect" => Encoding.ASCII.GetBytes("CONNECT 203.0.114.1:443 HTTP/1.1\r\n" + fields),
            _ => Encoding.ASCII.GetBytes("GET http://203.0.114.1:443/ HTTP/1.1\r\n" + fields),
        });
        var (answer, ending) = await client.ReceiveToEndAsync();
        if (protocol == "socks5") Assert.Equal([5, 2, 1, 1], answer);
        else
        {
            Assert.StartsWith("HTTP/1.1 503 ", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
            Assert.Contains("\r\nRetry-After: 1\r\n", Encoding.ASCII.GetString(answer), StringComparison.Ordinal);
        }
        Assert.Equal(Ending.Fin, ending);
        Assert.Equal("credentials-busy", (await gateway.Log.SessionEndAsync(client)).GetProperty("end").GetString());
        var metrics = (await AdminPage.GetAsync(gateway, "/metrics")).Body.Split('\n');
        Assert.Contains(metrics, line => line.StartsWith("socks5egress_refusals_total{", StringComparison.Ordinal)
            && line.Contains("error_type=\"credentials-busy\"", StringComparison.Ordinal) && line.Contains("socks5egress_rule_class=\"credentials\"", StringComparison.Ordinal));
    }

    private string WriteUsers(params string[] names) => WriteUsers(Iterations, names);

    private string WriteUsers(int iterations, params string[] names) => _folder.WriteSecret("users", string.Concat(names.Select(name =>
    {
        var salt = Encoding.ASCII.GetBytes("salt of a test " + name);
        var hash = Rfc2898DeriveBytes.Pbkdf2("right", salt, iterations, HashAlgorithmName.SHA256, 32);
        return string.Create(CultureInfo.InvariantCulture, $"{name}:pbkdf2-sha256:{iterations}:{Convert.ToBase64String(salt)}:{Convert.ToBase64String(hash)}\n");
    })));

    private static async Task GuessAsync(IPEndPoint gateway, IPAddress source, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await LogInAsync(gateway, source, "guessed", "wrong");
            }
            catch (Exception gone) when (gone is IOException or System.Net.Sockets.SocketException)
            {
                // Pushed out among too many pending ones
            }
        }
    }

    private static async Task<int> LogInAsync(IPEndPoint gateway, IPAddress source, string user, string password)
    {
        using var client = await RawConnection.ConnectAsync(gateway, source);
        await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        if (await client.ReceiveAsync(2) is not [5, 2]) return -1;
        await client.SendAsync(Socks5.Login(user, password));
        return (await client.ReceiveAsync(2))[1];
    }
}
