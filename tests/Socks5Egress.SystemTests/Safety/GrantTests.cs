using System.Net;
using System.Security.Cryptography;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Udp;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Each kind of live thing while the rules change under it: it ends, or is answered, exactly when they forbid it.</summary>
public sealed class GrantTests
{
    private const string Everything = "relay met dial lookup wait association greeted login request asking answering idle tunnel forward";

    public static TheoryData<string, string, string> Changes()
    {
        var table = new TheoryData<string, string, string>();
        foreach (var transport in TransportKind.All.Select(row => row.Data))
        {
            table.Add(transport, "password changed", "relay met dial lookup wait association login request asking answering tunnel");
            table.Add(transport, "policy", "relay met dial lookup wait request asking answering tunnel");
            table.Add(transport, "clients", Everything);
            table.Add(transport, "route", "relay tunnel answering forward");
            table.Add(transport, "listener removed", Everything + " header");
            table.Add(transport, "senders", "header");
            table.Add(transport, "user removed", "relay met dial lookup wait association login request asking answering tunnel");
            table.Add(transport, "socks5 disabled", "relay met dial lookup wait association greeted login");
            table.Add(transport, "http disabled", "request asking answering idle tunnel");
            table.Add(transport, "commands disabled", "met wait association");
        }
        return table;
    }

    [Theory, MemberData(nameof(Changes))]
    public async Task A_change_ends_what_it_forbids_and_nothing_else(string transport, string change, string ends)
    {
        using var folder = new TemporaryFolder();
        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        await using var origin = RawTarget.Start(ServeAsync);
        await using var slow = RawTarget.Start(ServePartAsync);
        using var hole = await BlackHole.OpenAsync();
        using var silent = UdpClientOfTest.New(IPAddress.Loopback);
        var users = folder.WriteSecret("users", Users("app", "secret"));
        var config = folder.Write("gateway.json", Configuration("", echo.EndPoint));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport, ListensByFile = true,
            Options = ["--config", config, "--users", users, "--resolver", silent.LocalEndPoint!.ToString()!, "--connect-timeout", "50s"],
        });
        var things = new Dictionary<string, RawConnection>
        {
            ["relay"] = await AskAsync(gateway, Socks5.Connect(echo.EndPoint), answered: true),
            ["met"] = await AskAsync(gateway, Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], 21)),
            ["dial"] = await AskAsync(gateway, Socks5.Connect(hole.EndPoint)),
            ["lookup"] = await AskAsync(gateway, Socks5.Connect("slow.example", 443)),
            ["wait"] = await AskAsync(gateway, Socks5.Request(2, Socks5.IPv4, [127, 0, 0, 1], 21), answered: true),
            ["association"] = await AskAsync(gateway, Socks5.Request(3, Socks5.IPv4, [0, 0, 0, 0], 0), answered: true),
            ["login"] = await AskAsync(gateway, []),
            ["greeted"] = await GreetAsync(gateway),
            ["request"] = await GetAsync(gateway, hole.EndPoint.ToString(), "secret"),
            ["asking"] = await GetAsync(gateway, "slow.example", "secret"),
            ["answering"] = await GetAsync(gateway, slow.EndPoint.ToString(), "secret"),
            ["tunnel"] = await TunnelAsync(gateway, echo.EndPoint),
            ["idle"] = await GetAsync(gateway, origin.EndPoint.ToString(), "secret"),
            ["forward"] = await RawConnection.ConnectAsync(gateway.Forward()),
            // Half of a PROXY header: nobody knows yet whom it names
            ["header"] = await RawConnection.ConnectAsync(gateway.EndPoints[2]),
        };
        await things["header"].SendAsync("PROXY TCP4 127.0.0.9 "u8.ToArray());
        await things["forward"].SendAsync("here"u8.ToArray());
        Assert.Equal("here"u8.ToArray(), await things["forward"].ReceiveAsync(4));
        // A BIND whose peer has come
        using var peer = await RawConnection.ConnectAsync((await Socks5.ReadReplyAsync(things["met"])).Bound);
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(things["met"])).Code);
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(things["idle"]), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(things["answering"], have: 4), StringComparison.Ordinal);
        // What is still asking has arrived at its lookup or dial
        await Deadline.UntilAsync(async () => (await StagesAsync(gateway)) is { Dialling: >= 2, Relaying: >= 5 }, () => gateway.Log.Text);

        folder.WriteSecret("users", change switch
        {
            "user removed" => Users("other", "secret"),
            "password changed" => Users("app", "changed"),
            _ => Users("app", "secret"),
        });
        folder.Write("gateway.json", Configuration(change, echo.EndPoint));
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reloaded");

        foreach (var thing in ends.Split(' '))
        {
            if ((thing is "request" or "asking") && !ends.Contains("idle", StringComparison.Ordinal))
            {
                // The request is refused; its connection may serve another one
                Assert.StartsWith("HTTP/1.1 403 ", await AnswerAsync(things[thing]), StringComparison.Ordinal);
                continue;
            }
            var (rest, _) = await things[thing].ReceiveToEndAsync();
            if (thing is "dial" or "lookup" or "wait") Assert.Equal("0502000100000000" + "0000", Convert.ToHexString(rest));
            if (thing is "request" or "asking") Assert.StartsWith("HTTP/1.1 403 ", Encoding.ASCII.GetString(rest), StringComparison.Ordinal);
            // A connection that waits after its login is refused like a request, so that its client goes elsewhere with what it has
            if (thing == "login") Assert.Equal("0501000100000000" + "0000", Convert.ToHexString(rest));
            if (thing is "relay" or "met" or "association" or "greeted" or "idle" or "answering" or "tunnel" or "forward" or "header") Assert.Empty(rest);
            var end = await gateway.Log.SessionEndAsync(things[thing].Local);
            Assert.Equal((thing, "now-forbidden"), (thing, end.GetProperty("end").GetString()));
            Assert.True(end.GetProperty("rule").GetString() is { Length: > 0 }, thing);
        }
        await AssertStayAsync(things, ends, change, origin.EndPoint);
        foreach (var thing in things.Values) thing.Dispose();
    }

    private static async Task AssertStayAsync(Dictionary<string, RawConnection> things, string ends, string change, IPEndPoint origin)
    {
        if (!ends.Contains("relay", StringComparison.Ordinal))
        {
            await things["relay"].SendAsync("goes on"u8.ToArray());
            Assert.Equal("goes on"u8.ToArray(), await things["relay"].ReceiveAsync(7));
        }
        if (!ends.Contains("forward", StringComparison.Ordinal))
        {
            await things["forward"].SendAsync("goes on"u8.ToArray());
            Assert.Equal("goes on"u8.ToArray(), await things["forward"].ReceiveAsync(7));
        }
        if (!ends.Contains("header", StringComparison.Ordinal))
        {
            // Whom it names is judged by the rules of now
            await things["header"].SendAsync((byte[])[.. "127.0.0.1 1 2\r\n"u8, .. Socks5.Greeting(Socks5.UserPassword)]);
            if (change is "clients" or "socks5 disabled") Assert.Empty((await things["header"].ReceiveToEndAsync()).Item1);
            else Assert.Equal([5, Socks5.UserPassword], await things["header"].ReceiveAsync(2));
        }
        if (!ends.Contains("greeted", StringComparison.Ordinal))
        {
            await things["greeted"].SendAsync(Socks5.Login("app", "secret"));
            Assert.Equal((byte)(change is "user removed" or "password changed" ? 1 : 0), (await things["greeted"].ReceiveAsync(2))[1]);
        }
        if (ends.Contains("idle", StringComparison.Ordinal)) return;
        // A kept connection is as good as the credentials of its next request
        await things["idle"].SendAsync(Get(origin.ToString(), "secret"));
        var status = change switch { "user removed" or "password changed" => "407", "policy" => "403", _ => "200" };
        Assert.StartsWith($"HTTP/1.1 {status}", await AnswerAsync(things["idle"]), StringComparison.Ordinal);
        if (change != "password changed") return;
        await things["idle"].SendAsync(Get(origin.ToString(), "changed"));
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(things["idle"]), StringComparison.Ordinal);
    }

    private static string Configuration(string change, IPEndPoint target)
    {
        var clients = change == "clients" ? "192.0.2.0/24" : "127.0.0.0/8";
        var protocols = change switch { "socks5 disabled" => "\"http\"", "http disabled" => "\"socks5\"", _ => "\"socks5\", \"http\"" };
        var enable = change == "commands disabled" ? "" : "\"bind\", \"udp\"";
        var policy = change == "policy" ? "\"Default\": \"none\"" : "\"Allow\": [\"127.0.0.0/8\"]";
        var removed = change == "listener removed";
        var senders = change == "senders" ? "192.0.2.1" : "127.0.0.1";
        var listen = removed ? "" : """{ "Address": "127.0.0.1:0" }, """;
        var proxied = removed ? "" : $$""", { "Address": "127.0.0.3:0", "ProxyProtocol": "required", "ProxyProtocolFrom": ["{{senders}}"] }""";
        var forward = removed ? "" : $$"""{ "Listen": "127.0.0.1:0", "Targets": ["{{target}}"], "Clients": ["{{clients}}"] }""";
        var routes = change == "route" ? """{ "Target": "127.0.0.0/8", "Bind": ["127.0.0.77"] }""" : "";
        return $$"""{ "Listeners": [{{listen}}{ "Address": "127.0.0.2:0" }{{proxied}}], "Forwards": [{{forward}}], "Routes": [{{routes}}], "Clients": ["{{clients}}"], "Protocols": [{{protocols}}], "Enable": [{{enable}}], "Policy": { {{policy}} } }""";
    }

    private static string Users(string name, string token) => $"{name}:sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(token)))}\n";

    /// <summary>Logs in and asks; with <paramref name="answered"/> the first reply has been read and is a success.</summary>
    private static async Task<RawConnection> AskAsync(GatewayProcess gateway, byte[] request, bool answered = false)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", "secret"), .. request]);
        Assert.Equal([5, Socks5.UserPassword, 1, 0], await client.ReceiveAsync(4));
        if (answered) Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        return client;
    }

    /// <summary>Has still to log in.</summary>
    private static async Task<RawConnection> GreetAsync(GatewayProcess gateway)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        Assert.Equal([5, Socks5.UserPassword], await client.ReceiveAsync(2));
        return client;
    }

    private static async Task<RawConnection> TunnelAsync(GatewayProcess gateway, IPEndPoint target)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{Authorization("secret")}\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 200", await AnswerAsync(client), StringComparison.Ordinal);
        return client;
    }

    private static async Task<RawConnection> GetAsync(GatewayProcess gateway, string target, string password)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Get(target, password));
        return client;
    }

    private static byte[] Get(string target, string password) => Encoding.ASCII.GetBytes(
        $"GET http://{target}/ HTTP/1.1\r\nHost: {target}\r\n{Authorization(password)}\r\n\r\n");

    private static string Authorization(string password) => $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes("app:" + password))}";

    /// <summary>One head, and the body that its length announces, or so much of it.</summary>
    private static async Task<string> AnswerAsync(RawConnection client, int? have = null)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await client.ReceiveAsync(1))[0]);
        var length = head.ToString().Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length: ", StringComparison.OrdinalIgnoreCase))?[16..];
        await client.ReceiveAsync(have ?? int.Parse(length ?? "0", System.Globalization.CultureInfo.InvariantCulture));
        return head.ToString();
    }

    private static async Task ServeAsync(RawConnection peer)
    {
        var seen = new StringBuilder();
        var buffer = new byte[4096];
        while (await peer.ReceiveSomeAsync(buffer, TimeSpan.FromMinutes(1)) is > 0 and var count)
        {
            seen.Append(Encoding.ASCII.GetString(buffer, 0, count));
            if (!seen.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) continue;
            seen.Clear();
            await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        }
    }

    /// <summary>An answer that does not come to its end.</summary>
    private static async Task ServePartAsync(RawConnection peer)
    {
        await peer.ReceiveSomeAsync(new byte[4096]);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\npart"u8.ToArray());
        await peer.ReceiveToEndAsync(TimeSpan.FromMinutes(1));
    }

    private static async Task<(int Dialling, int Relaying)> StagesAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri(gateway.Admin, "/sessions"), TestContext.Current.CancellationToken);
        return (page.Split("\"dialling\"").Length - 1, page.Split("\"relaying\"").Length - 1);
    }
}
