using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.Tests.Gateway.Policy;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>Every way to write a target that nobody may reach, sent in every protocol: none of them reaches a listener.</summary>
public sealed class SpellingTests
{
    private const int AtOnce = 32;

    private static readonly (string Name, Func<string, int, byte[]?> Request)[] ByName =
    [
        ("socks5", (name, port) => [.. Socks5.Greeting(0), .. Socks5.Connect(name, port)]),
        ("socks4a", (name, port) => name.Contains('\0') ? null : [4, 1, (byte)(port >> 8), (byte)port, 0, 0, 0, 1, 0, .. Latin(name), 0]),
        ("connect", (name, port) => Latin($"CONNECT {name}:{port} HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n")),
        ("bracketed connect", (name, port) => name.Contains(':') ? Latin($"CONNECT [{name}]:{port} HTTP/1.1\r\nHost: [{name}]:{port}\r\n\r\n") : null),
        ("absolute form", (name, port) => Latin($"GET http://{name}:{port}/ HTTP/1.1\r\nHost: {name}:{port}\r\n\r\n")),
        ("bracketed absolute form", (name, port) => name.Contains(':') ? Latin($"GET http://[{name}]:{port}/ HTTP/1.1\r\nHost: [{name}]:{port}\r\n\r\n") : null),
    ];

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task No_spelling_reaches_a_listener(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = ["--connect-timeout", "5s"] });
        await using var four = RawTarget.Start(IPAddress.Any);
        await using var six = RawTarget.Start(IPAddress.IPv6Any);
        var requests = Requests(four.EndPoint.Port, six.EndPoint.Port).ToArray();
        Assert.True(requests.Length >= 4 * 150, $"{requests.Length} requests");

        var let = new ConcurrentBag<string>();
        var forwarding = new ConcurrentBag<string>();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (request, _) =>
        {
            var (through, status) = await AskAsync(gateway, request.Bytes);
            if (through) let.Add(request.What);
            if (request.What.Contains("absolute form ", StringComparison.Ordinal)) forwarding.Add(status);
        });
        Assert.Empty(let);
        Assert.Equal((0, 0), (four.Accepted, six.Accepted));

        // The forwarding is there and has judged them: most by the policy, the rest by the form or by the resolver
        var counts = forwarding.CountBy(status => status).ToDictionary();
        var words = string.Join(", ", counts.Select(pair => $"{pair.Value} x {pair.Key}"));
        TestContext.Current.TestOutputHelper!.WriteLine(words);
        Assert.True(counts.GetValueOrDefault("403") >= 100, words);
        Assert.All(counts.Keys, status => Assert.Contains(status, new[] { "400", "403", "502", "504", "508" }));
    }

    /// <summary>The same requests do reach a listener where a rule opens it: the test above could fail.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_same_requests_reach_a_listener_that_a_rule_opens(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var four = RawTarget.Start(AnswerAsync, IPAddress.Any);
        var made = ByName.Where(protocol => !protocol.Name.StartsWith("bracketed", StringComparison.Ordinal)).ToArray();
        for (var i = 0; i < made.Length; i++)
        {
            Assert.True((await AskAsync(gateway, made[i].Request("127.0.0.1", four.EndPoint.Port)!)).LetThrough, made[i].Name);
            await four.AssertAcceptedAsync(i + 1);
        }
        await using var six = RawTarget.Start(AnswerAsync, IPAddress.IPv6Any);
        foreach (var (name, request) in ByName.Except(made))
            Assert.True((await AskAsync(gateway, request("::1", six.EndPoint.Port)!)).LetThrough, name);
        await six.AssertAcceptedAsync(ByName.Length - made.Length);

        // As an origin of HTTP: only absolute-form waits for it
        static async Task AnswerAsync(RawConnection peer)
        {
            if (await peer.ReceiveSomeAsync(new byte[1024]) > 0) await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
        }
    }

    private static IEnumerable<(string What, byte[] Bytes)> Requests(int portFour, int portSix)
    {
        var own = NetworkInterface.GetAllNetworkInterfaces().SelectMany(each => each.GetIPProperties().UnicastAddresses)
            .Select(unicast => new IPAddress(unicast.Address.GetAddressBytes()).ToString());
        foreach (var name in ForbiddenSpellings.Names.Concat(own).Distinct(StringComparer.Ordinal))
        {
            // A spelling may lead to either family, whatever it looks like
            foreach (var port in name.Contains(':') || name.Contains("local", StringComparison.OrdinalIgnoreCase) ? [portFour, portSix] : new[] { portFour })
            {
                foreach (var (protocol, make) in ByName)
                    if (make(name, port) is { } bytes) yield return ($"{protocol} {Uri.EscapeDataString(name)}", bytes);
            }
        }
        foreach (var text in ForbiddenSpellings.Addresses)
        {
            var address = IPAddress.Parse(text);
            foreach (var port in new[] { portFour, portSix })
            {
                yield return ($"socks5 address {text}", [.. Socks5.Greeting(0), .. Socks5.Connect(new IPEndPoint(address, port))]);
                if (address.GetAddressBytes() is { Length: 4 } bytes)
                    yield return ($"socks4 address {text}", [4, 1, (byte)(port >> 8), (byte)port, .. bytes, 0]);
            }
        }
    }

    private static byte[] Latin(string text) => Encoding.Latin1.GetBytes(text);

    /// <summary>Whether the answer says that there is a connection to the target, and the status of HTTP.</summary>
    private static async Task<(bool LetThrough, string Status)> AskAsync(GatewayProcess gateway, byte[] request)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(request);
        var answer = new byte[64];
        var have = 0;
        try
        {
            // A SOCKS5 reply is 2 + 10 bytes at least, a SOCKS4 one 8; an HTTP one says its status in the first 12
            var wanted = request[0] == 4 ? 2 : request[0] == 5 ? 4 : 12;
            while (have < wanted && await client.ReceiveSomeAsync(answer.AsMemory(have)) is > 0 and var got) have += got;
        }
        catch (SocketException)
        {
            // Reset: not let through, unless the answer came before
        }
        var status = have >= 12 ? Encoding.Latin1.GetString(answer, 9, 3) : "none";
        return request[0] switch
        {
            4 => (have >= 2 && answer[1] == 0x5A, status),
            5 => (have >= 4 && answer[3] == ReplyCode.Succeeded, status),
            _ => (status == "200", status),
        };
    }
}
