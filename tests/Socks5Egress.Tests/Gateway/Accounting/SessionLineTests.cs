using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Logging;
using Socks5Egress.Protocol;
using Socks5Egress.Tests.Program.Logging;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Accounting;

/// <summary>A session is one line, whatever its user and its target are called.</summary>
public sealed class SessionLineTests
{
    public static TheoryData<string> Hostile =>
    [
        "a\n{\"event\":\"forged\"}", "\r\n2026-11-24T10:00:00.007Z info  session.end id=1", "\u001b[31mred\u001b]0;title\u0007", "\u009b2J\u0085", "\u2028\u2029",
        "quote\" and \\ and '", "a=b c=d", "\0", "\u202egnp.exe", "",
    ];

    [Theory, MemberData(nameof(Hostile))]
    public void In_json(string text)
    {
        var line = Line(json: true, text);
        AssertIsOneLine(line);
        var fields = JsonDocument.Parse(line).RootElement;
        Assert.Equal("session.end", fields.GetProperty("event").GetString());
        Assert.Equal((text, text + ":443"), (fields.GetProperty("user").GetString(), fields.GetProperty("target").GetString()));
    }

    [Theory, MemberData(nameof(Hostile))]
    public void As_text(string text)
    {
        var line = Line(json: false, text);
        AssertIsOneLine(line);
        Assert.StartsWith("2026-11-24T10:00:00.007Z info  session.end id=", line, StringComparison.Ordinal);
        // Outside of quotes there are the pairs of the gateway and no others
        var bare = System.Text.RegularExpressions.Regex.Replace(line, "\"(\\\\.|[^\"\\\\])*\"", "quoted");
        Assert.Single(bare.Split(' '), word => word.StartsWith("user=", StringComparison.Ordinal));
        Assert.DoesNotContain(bare.Split(' '), word => word.StartsWith("c=", StringComparison.Ordinal) || word.StartsWith("forged", StringComparison.Ordinal));
    }

    private static void AssertIsOneLine(string line)
    {
        Assert.Equal(line.Length - 1, line.IndexOf('\n'));
        Assert.DoesNotContain(line[..^1], character => char.IsControl(character) || character is '\u2028' or '\u2029');
    }

    private static string Line(bool json, string text)
    {
        var time = new FakeTimeProvider(Lines.Time);
        var record = new SessionRecord(1, "127.0.0.1:1080", IPEndPoint.Parse("192.0.2.1:40000"), time) { User = text, Target = Destination.Of(text, 443) };
        record.Ended(EndReason.ClientFin);
        var output = new StubbornStream();
        using (var provider = new StandardErrorLoggerProvider(json, time, output)) SessionLog.Ended(provider.CreateLogger("Socks5Egress"), record);
        return output.Text;
    }
}
