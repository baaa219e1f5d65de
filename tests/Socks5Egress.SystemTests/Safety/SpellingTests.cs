using System.Collections.Concurrent;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.Tests.Policy;
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
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (request, _) =>
        {
            if (await IsLetThroughAsync(gateway, request.Bytes)) let.Add(request.What);
        });
        Assert.Empty(let);
        Assert.Equal((0, 0), (four.Accepted, six.Accepted));
    }

    /// <summary>The same requests do reach a listener where a rule opens it: the test above could fail.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_same_requests_reach_a_listener_that_a_rule_opens(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport);
        await using var four = RawTarget.Start(IPAddress.Any);
        for (var protocol = 0; protocol < 3; protocol++)
        {
            Assert.True(await IsLetThroughAsync(gateway, ByName[protocol].Request("127.0.0.1", four.EndPoint.Port)!), ByName[protocol].Name);
            Assert.Equal(protocol + 1, four.Accepted);
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

    /// <summary>Whether the answer says that there is a connection to the target.</summary>
    private static async Task<bool> IsLetThroughAsync(GatewayProcess gateway, byte[] request)
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
        return request[0] switch
        {
            4 => have >= 2 && answer[1] == 0x5A,
            5 => have >= 4 && answer[3] == ReplyCode.Succeeded,
            _ => have >= 12 && Encoding.Latin1.GetString(answer, 9, 3) == "200",
        };
    }
}
