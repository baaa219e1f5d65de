using System.Text;
using System.Text.Json;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Login;

/// <summary>Where <c>/login</c> sells, for how long, and where what it sold is good.</summary>
public sealed class SaleTests
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_password_is_good_where_the_key_is_and_the_answer_says_so(string transport)
    {
        await using var issuer = new TestIssuer();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var folder = new TemporaryFolder();
        string[] shared = ["--oidc", issuer.Option, "--login-key", folder.WriteSecret("key", new string('k', 40))];
        await using var first = await GatewayProcess.StartAsync(transport, shared);
        await using var second = await GatewayProcess.StartAsync(transport, shared);
        await using var alone = await GatewayProcess.StartAsync(transport, "--oidc", issuer.Option);
        var (bought, own) = (await BuyAsync(first), await BuyAsync(alone));
        Assert.Equal("every gateway with the same --login-key", bought.ValidAt);
        Assert.Equal("this gateway, until it restarts", own.ValidAt);
        // Ten minutes, where nothing is said
        Assert.InRange(bought.Expires - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(9), TimeSpan.FromSeconds(601));
        Assert.Equal((200, 200, 407), (await StatusAsync(first, bought), await StatusAsync(second, bought), await StatusAsync(alone, bought)));
        Assert.Equal((407, 407, 200), (await StatusAsync(first, own), await StatusAsync(second, own), await StatusAsync(alone, own)));

        async Task<Bought> BuyAsync(GatewayProcess gateway)
        {
            var answer = await HttpSide.BuyAsync(gateway.EndPoint, "Bearer " + issuer.Token());
            using var json = JsonDocument.Parse(answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
            string Member(string name) => json.RootElement.GetProperty(name).GetString()!;
            return new(Member("user"), Member("password"), json.RootElement.GetProperty("expires").GetDateTimeOffset(), Member("valid_at"));
        }

        async Task<int> StatusAsync(GatewayProcess gateway, Bought word)
        {
            var (connection, head) = await HttpSide.ConnectAsync(gateway.EndPoint, target.EndPoint, "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes(word.User + ":" + word.Password)));
            connection.Dispose();
            return int.Parse(head.AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Nothing_is_sold_in_clear_to_a_public_address_and_nothing_in_a_token_s_grace_where_the_password_ends_with_it(string transport)
    {
        await using var issuer = new TestIssuer();
        using var folder = new TemporaryFolder();
        var file = folder.Write("gw.json", """{ "Accounts": { "billing": { "Oidc": { "sub": "acme:*" }, "EndWithToken": true } } }""");
        await using var gateway = await GatewayProcess.StartAsync(
            transport, "--config", file, "--oidc", issuer.Option, "--proxy-protocol", "required", "--proxy-protocol-from", "127.0.0.1/32");
        var open = await BuyAsync("93.184.215.20", issuer.Token());
        Assert.StartsWith("HTTP/1.1 403 ", open, StringComparison.Ordinal);
        Assert.Contains("\"step\":\"transport\"", open, StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", await BuyAsync("10.0.0.7", issuer.Token()), StringComparison.Ordinal);
        var late = await BuyAsync("10.0.0.7", issuer.Token(("exp", DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 5)));
        Assert.StartsWith("HTTP/1.1 401 ", late, StringComparison.Ordinal);
        Assert.Contains("expired", late, StringComparison.Ordinal);

        Task<string> BuyAsync(string client, string token) => HttpSide.AskAsync(
            gateway.EndPoint, $"PROXY TCP4 {client} 192.0.2.1 4000 1080\r\nPOST /login HTTP/1.1\r\nHost: gw\r\nAuthorization: Bearer {token}\r\nContent-Length: 0\r\n\r\n");
    }

    private sealed record Bought(string User, string Password, DateTimeOffset Expires, string ValidAt);
}
