using System.Net;
using System.Text.RegularExpressions;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Protocol;

/// <summary>
/// The literal parser against the grammar of RFC 3986 section 3.2.2 (dec-octet and the nine forms of IPv6address) as a
/// regular expression, and the platform's parser for the value of what that grammar admits.
/// </summary>
public partial class AddressLiteralSlowRuleTests
{
    private const string Octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])";
    private const string Quad = "(" + Octet + @"\.){3}" + Octet;
    private const string H16 = "[0-9A-Fa-f]{1,4}";
    private const string H = "(" + H16 + ":)";
    private const string Ls32 = "(" + H + H16 + "|" + Quad + ")";
    private const string Six =
        "(" + H + "{6}" + Ls32 +
        "|::" + H + "{5}" + Ls32 +
        "|(" + H16 + ")?::" + H + "{4}" + Ls32 +
        "|(" + H + "{0,1}" + H16 + ")?::" + H + "{3}" + Ls32 +
        "|(" + H + "{0,2}" + H16 + ")?::" + H + "{2}" + Ls32 +
        "|(" + H + "{0,3}" + H16 + ")?::" + H + Ls32 +
        "|(" + H + "{0,4}" + H16 + ")?::" + Ls32 +
        "|(" + H + "{0,5}" + H16 + ")?::" + H16 +
        "|(" + H + "{0,6}" + H16 + ")?::)";

    private static readonly string[] Pieces =
    [
        "0", "1", "9", "10", "99", "255", "256", "00", "01", "1a", "ffff", "FFFF", "10000", "0x1", "g", "", " ", "\0", "-1", "+1", "%1", "%", "/8",
        "[", "]", ".", ":", "::", "1.2.3.4", "0.0.0.0", "255.255.255.255", "1.2.3", "01.2.3.4", "x", "１",
    ];

    [GeneratedRegex(@"\A" + Quad + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex IPv4Grammar();

    [GeneratedRegex(@"\A" + Six + @"\z", RegexOptions.CultureInvariant)]
    private static partial Regex IPv6Grammar();

    [Theory]
    [InlineData(3986)]
    [InlineData(4291)]
    [InlineData(5952)]
    public void The_literal_parser_agrees(int seed)
    {
        var random = new Random(seed);
        int four = 0, six = 0;
        for (int i = 0; i < 20_000; i++)
        {
            var text = Next(random);
            var isFour = IPv4Grammar().IsMatch(text);
            var isSix = IPv6Grammar().IsMatch(text);
            var parsed = AddressLiteral.TryParse(text, out var address);
            Assert.True(parsed == (isFour || isSix), $"\"{text}\": {parsed}");
            if (parsed) Assert.True(IPAddress.Parse(text).Equals(address), $"\"{text}\": {address}");
            if (isFour) four++;
            if (isSix) six++;
        }

        Assert.True(four > 100 && six > 1000, $"{four} and {six} legal ones say little");
    }

    internal static bool IsIPv6(string text) => IPv6Grammar().IsMatch(text);

    internal static bool IsLiteral(string text, bool six) => six ? IsIPv6(text) : IPv4Grammar().IsMatch(text);

    // Mostly well-formed: groups joined by the separator of a family, now and then with a piece that does not belong
    private static string Next(Random random)
    {
        var quad = random.Next(3) == 0;
        var groups = new List<string>();
        for (int count = quad ? 4 : random.Next(1, 10); count > 0; count--)
        {
            if (random.Next(12) == 0) groups.Add(Pieces[random.Next(Pieces.Length)]);
            else if (quad) groups.Add(random.Next(random.Next(2) == 0 ? 256 : 300).ToString("D", null));
            else groups.Add(random.Next(65536).ToString(random.Next(2) == 0 ? "x" : "X4", null));
        }

        if (!quad && random.Next(2) == 0) groups[random.Next(groups.Count)] = "";
        if (!quad && random.Next(4) == 0) groups.Add("192.0.2." + random.Next(260));
        var text = string.Join(quad ? '.' : ':', groups);
        return random.Next(4) switch { 0 when !quad => ":" + text, 1 when !quad => text + ":", _ => text };
    }
}
