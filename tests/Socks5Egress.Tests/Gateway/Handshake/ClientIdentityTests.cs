using System.Collections.Immutable;
using System.Text;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Tests.Transport;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Handshake;

/// <summary>Who a client is, with a PROXY header and without.</summary>
public sealed class ClientIdentityTests
{
    private const string Peer = "192.0.2.1:40000";
    private const string Version2 = "0D0A0D0A000D0A515549540A";

    private readonly MemoryLeg _leg = new(remote: Peer);

    [Theory]
    [InlineData("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n", "203.0.113.5:51000", "198.51.100.7:1080")]
    [InlineData("PROXY TCP6 2001:db8::5 2001:db8::7 51000 1080\r\n", "[2001:db8::5]:51000", "[2001:db8::7]:1080")]
    [InlineData("PROXY UNKNOWN\r\n", Peer, "192.0.2.2:1080")]
    public async Task A_text_header_names_the_client_and_nothing_behind_it_is_taken(string header, string client, string entrance)
    {
        await SendAsync(Encoding.ASCII.GetBytes(header + "behind"));
        AssertIs(client, entrance, EndReason.None, await IntroduceAsync());
        Assert.Equal("behind", Encoding.ASCII.GetString((await _leg.Input.ReadAsync(Token)).Buffer.FirstSpan));
    }

    [Theory]
    [InlineData("2111000CCB007105C6336407C7380438", "203.0.113.5:51000", "198.51.100.7:1080")] // PROXY, TCP over IPv4
    [InlineData("2011000CCB007105C6336407C7380438", Peer, "192.0.2.2:1080")] // LOCAL: what stands there counts for nothing
    [InlineData("20000000", Peer, "192.0.2.2:1080")] // LOCAL
    [InlineData("21000000", Peer, "192.0.2.2:1080")] // PROXY, unspecified
    [InlineData("2112000CCB007105C6336407C7380438", Peer, "192.0.2.2:1080")] // UDP over IPv4: as unspecified
    [InlineData("21320004DEADBEEF", Peer, "192.0.2.2:1080")] // a Unix socket, whatever stands there
    public async Task A_binary_header_names_the_client(string rest, string client, string entrance)
    {
        await SendAsync(Convert.FromHexString(Version2 + rest));
        AssertIs(client, entrance, EndReason.None, await IntroduceAsync());
    }

    [Theory]
    [InlineData("050100")] // a client that goes round the proxy
    [InlineData("50524F58592054435035200D0A")] // PROXY TCP5
    [InlineData("474554202F")] // GET /
    [InlineData(Version2 + "2113000CCB007105C6336407C7380438")] // a family that nobody knows
    public async Task Anything_else_and_any_other_family_ends_it(string bytes)
    {
        await SendAsync(Convert.FromHexString(bytes));
        Assert.Equal(EndReason.BadProxyHeader, (await IntroduceAsync()).End);
    }

    [Theory]
    [InlineData("", "ClientSilent")]
    [InlineData("PROXY TC", "ClientGone")]
    public async Task A_connection_that_closes_before_the_end_of_the_header_is_let_go(string bytes, string end)
    {
        if (bytes.Length > 0) await SendAsync(Encoding.ASCII.GetBytes(bytes));
        await _leg.Peer.Output.CompleteAsync();
        Assert.Equal(Enum.Parse<EndReason>(end), (await IntroduceAsync()).End);
    }

    [Fact]
    public async Task Where_no_header_is_required_none_is_looked_for()
    {
        await SendAsync("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n"u8.ToArray());
        AssertIs(Peer, "192.0.2.2:1080", EndReason.None, await IntroduceAsync(required: false));
        Assert.True((await _leg.Input.ReadAsync(Token)).Buffer.FirstSpan.StartsWith("PROXY"u8));
    }

    [Theory]
    [InlineData("203.0.113.0/24", "None")]
    [InlineData("192.0.2.0/24", "ClientNotAllowed")]
    public async Task Who_may_connect_is_asked_of_the_named_client(string clients, string end)
    {
        await SendAsync("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n"u8.ToArray());
        Assert.Equal(Enum.Parse<EndReason>(end), (await IntroduceAsync(clients: clients)).End);
    }

    [Theory]
    [InlineData("192.0.2.0/30", "None")]
    [InlineData("192.0.2.1", "None")]
    [InlineData("192.0.2.2", "BadProxyHeader")]
    [InlineData("203.0.113.0/24", "BadProxyHeader")] // whom the header names is not who sends it
    public async Task Only_the_named_senders_may_say_who_a_client_is(string senders, string end)
    {
        await SendAsync("PROXY TCP4 203.0.113.5 198.51.100.7 51000 1080\r\n"u8.ToArray());
        Assert.Equal(Enum.Parse<EndReason>(end), (await IntroduceAsync(senders: senders)).End);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private async Task SendAsync(byte[] bytes) => await _leg.Peer.Output.WriteAsync(bytes, Token);

    private ValueTask<ClientIdentity> IntroduceAsync(bool required = true, string? clients = null, string? senders = null)
    {
        var rules = new ListenerPolicy(ServedProtocols.All, null, Networks(clients)) { RequiresProxyHeader = required, ProxySenders = Networks(senders) };
        return ClientIdentity.ReadAsync(_leg, Leases.On(rules), Token);
    }

    private static ImmutableArray<Cidr> Networks(string? text) => text is not null && Cidr.TryParse(text, out var range, out _) ? [range] : [];

    private static void AssertIs(string client, string entrance, EndReason end, ClientIdentity introduced) =>
        Assert.Equal((client, entrance, end), (introduced.Client.ToString(), introduced.Entrance.ToString(), introduced.End));
}
