using System.Buffers;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

/// <summary>The SOCKS5 readers against RFC 1928 and RFC 1929 written with array indices.</summary>
public class Socks5SlowRuleTests
{
    private static readonly byte[] Name = [5, 1, 0, 3, 4, .. "host"u8, 0x15, 0x38];
    private static readonly byte[] IPv4 = [5, 1, 0, 1, 192, 0, 2, 1, 0, 80];
    private static readonly byte[] IPv6 = [5, 2, 0, 4, 0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 187];

    [Fact]
    public void The_greeting_reader_agrees() => SlowRule.Agrees<Greeting>(
        Greeting.Read,
        greeting => string.Join(' ', Enumerable.Range(0, 256).Where(method => greeting.Offers((AuthMethod)method))),
        bytes => bytes switch
        {
            [] => Outcome.NeedMore,
            [not 5, ..] => Outcome.Invalid(ParseFault.Version),
            [_] => Outcome.NeedMore,
            _ when bytes.Length < 2 + bytes[1] => Outcome.NeedMore,
            _ => Outcome.Done(2 + bytes[1], string.Join(' ', bytes[2..(2 + bytes[1])].Distinct().Order())),
        },
        [5, 0],
        [5, 2, 0, 2],
        [5, 6, 0, 1, 2, 0x80, 0xFE, 0xFF]);

    [Fact]
    public void The_user_and_password_reader_agrees() => SlowRule.Agrees<UserPassword>(
        UserPassword.Read,
        credentials => Hex(credentials.Username) + " " + Hex(credentials.Password),
        bytes =>
        {
            if (bytes.Length > 0 && bytes[0] != 1) return Outcome.Invalid(ParseFault.Version);
            if (bytes.Length < 2 || bytes.Length < 3 + bytes[1]) return Outcome.NeedMore;
            int user = bytes[1], password = bytes[2 + user], end = 3 + user + password;
            return bytes.Length < end
                ? Outcome.NeedMore
                : Outcome.Done(end, Convert.ToHexString(bytes[2..(2 + user)]) + " " + Convert.ToHexString(bytes[(3 + user)..end]));
        },
        [1, 0, 0],
        [1, 3, .. "app"u8, 6, .. "secret"u8]);

    [Fact]
    public void The_request_reader_agrees() => SlowRule.Agrees<Request>(
        Request.Read,
        request => $"{(byte)request.Command} {(byte)request.AddressType} {Hex(request.Host)} {request.Port} {request.ToDestination()}",
        bytes => Addressed(bytes),
        Name, IPv4, IPv6);

    [Fact]
    public void The_reply_reader_agrees() => SlowRule.Agrees<Reply>(
        Reply.Read,
        reply => $"{(byte)reply.Code} {reply.ToBound()}",
        bytes => Addressed(bytes) is { Status: ParseStatus.Done } outcome
            ? outcome with { Text = outcome.Text.Split(' ')[0] + " " + outcome.Text.Split(' ', 5)[4] }
            : Addressed(bytes),
        Name, IPv4, IPv6);

    private static Outcome Addressed(byte[] bytes)
    {
        if (bytes.Length > 0 && bytes[0] != 5) return Outcome.Invalid(ParseFault.Version);
        if (bytes.Length < 4) return Outcome.NeedMore;
        if (bytes[3] is not (1 or 3 or 4)) return Outcome.Invalid(ParseFault.AddressType);
        if (bytes.Length < 5) return Outcome.NeedMore;
        if (bytes[3] == 3 && bytes[4] == 0) return Outcome.Invalid(ParseFault.Length);
        int start = bytes[3] == 3 ? 5 : 4;
        int length = bytes[3] switch { 1 => 4, 4 => 16, _ => bytes[4] };
        if (bytes.Length < start + length + 2) return Outcome.NeedMore;
        var host = bytes[start..(start + length)];
        var port = (bytes[start + length] * 256) + bytes[start + length + 1];
        return Outcome.Done(start + length + 2, $"{bytes[1]} {bytes[3]} {Convert.ToHexString(host)} {port} {Shown(bytes[3], host)}:{port}");
    }

    private static string Shown(byte type, byte[] host)
    {
        if (type == 3) return Encoding.Latin1.GetString(host);
        if (type == 1) return string.Join('.', host);
        var mapped = host.Take(10).All(b => b == 0) && host[10] == 255 && host[11] == 255;
        return mapped ? string.Join('.', host[12..]) : "[" + new System.Net.IPAddress(host) + "]";
    }

    private static string Hex(ReadOnlySequence<byte> bytes) => Convert.ToHexString(bytes.ToArray());
}
