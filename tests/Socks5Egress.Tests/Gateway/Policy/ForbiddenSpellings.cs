using System.Text;

namespace Socks5Egress.Tests.Gateway.Policy;

/// <summary>
/// Ways to write a target that no client may reach under the default policy, each of which some parser, resolver or
/// kernel takes for a private one. The pure tests judge them; the system tests send them to a running gateway.
/// </summary>
public static class ForbiddenSpellings
{
    /// <summary>Sent as a host name (one byte a character), in a CONNECT of every protocol.</summary>
    public static readonly string[] Names =
    [
        // special names, in every case and with the root's dot
        "localhost", "LOCALHOST", "LocalHost", "localhost.", "localhost..", ".localhost", "a.localhost", "a.b.LOCALHOST.",
        "metadata.google.internal", "METADATA.GOOGLE.INTERNAL.", "db.internal", "top1.nearest.of.app.internal", "_api.internal",
        "app.flycast", "APP.FLYCAST.", "printer.local", "Printer.Local.",

        // strict literals are judged as addresses
        "127.0.0.1", "127.0.0.1.", "127.0.0.2", "127.255.255.254", "0.0.0.0", "0.0.0.0.", "0.255.255.255", "10.0.0.1", "10.255.255.255",
        "100.64.0.1", "100.127.255.254", "168.63.129.16", "169.254.169.254", "169.254.169.254.", "172.16.0.1", "172.31.255.254",
        "192.0.0.1", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.254", "198.18.0.1", "198.19.255.254", "198.51.100.1",
        "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",

        // fewer parts, decimal, octal, hexadecimal, mixed
        "127.1", "127.0.1", "127.1.", "127", "0", "0.", "1", "10.1", "10.0.1", "2130706433", "2130706433.", "4294967295", "4294967296", "017700000001",
        "0x7f000001", "0X7F000001", "0x7f000001.", "0x7f.1", "0x7f.0.0.1", "0x7f.0x0.0x0.0x1", "0X7F.0X0.0X0.0X1", "0177.0.0.1", "0177.1",
        "00177.0.0.1", "0000177.0000.0000.0001", "127.0.0.01", "127.0.0.001", "127.000.000.001", "127.0.0.0x1", "127.0.0x1", "127.0x1",
        "0x", "0x.", "1.0x", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "169.0xfea9fe", "012.0.0.1",
        "0300.0250.0.1", "3232235521", "0xc0a80001", "127.0.0.1.0", "0.127.0.0.1", "127.0.0.256", "383.0.0.1", "-127.0.0.1", "+127.0.0.1",
        "127..1", "127.0.0.1..", ".127.0.0.1", "..", ".", "",

        // IPv6 literals: loopback, unspecified, and every way to wrap an IPv4 address
        "::1", "::1.", "0:0:0:0:0:0:0:1", "0000:0000:0000:0000:0000:0000:0000:0001", "::", "::.", "0::0", "::0.0.0.1", "::0:1", "0::1",
        "::ffff:127.0.0.1", "::FFFF:127.0.0.1", "::ffff:7f00:1", "0:0:0:0:0:ffff:7f00:0001", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe", "::ffff:169.254.169.254",
        "::ffff:0.0.0.0", "::ffff:0:127.0.0.1", "::ffff:0:7f00:1", "::127.0.0.1", "::7f00:1", "::10.0.0.1", "::169.254.169.254",
        "64:ff9b::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::7f00:1", "64:ff9b:1:fffe::10.0.0.1",
        "2002:7f00:1::", "2002:7f00:0001::1", "2002:a00:1::1", "2002:a9fe:a9fe::", "2002:c0a8:1::1",
        "2001::1", "2001:0:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe", "2001:0:0:0:0:0:f5ff:fffe", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1",
        "fe80::1", "fe80::5efe:127.0.0.1", "fe80::200:5efe:10.0.0.1", "febf:ffff::1", "fec0::1", "feff::1",
        "fc00::1", "fd00::1", "fd00:ec2::254", "fdaa::3", "fdaa:0:18:a7b::2", "ff02::1", "ff0e::1", "100::1", "2001:db8::1", "3fff::1", "3fff:fff:ffff::1",
        "4000::1", "5f00::1", "1fff::1", "::2", "::ffff:ffff:ffff",

        // zones, brackets, ports, percent signs, paths and user parts that another parser would cut off
        "::1%1", "::1%lo", "::1%25lo", "fe80::1%eth0", "fe80::1%2", "::ffff:127.0.0.1%1", "[::1]", "[::1", "::1]", "[::1]:80", "[::ffff:127.0.0.1]", "[127.0.0.1]", "[::1%1]",
        "127.0.0.1:80", "127.0.0.1:", "localhost:80", "example.com:80", "127.0.0.1/", "127.0.0.1/32", "127.0.0.1#", "127.0.0.1?", "127.0.0.1#.example.com",
        "127.0.0.1?.example.com", "127.0.0.1/.example.com", "a@127.0.0.1", "example.com@127.0.0.1", "127.0.0.1@example.com", "127.0.0.1%00", "127.0.0.1%00.example.com",
        "127%2e0%2e0%2e1", "%6c%6f%63alhost", "localhost%2einternal", "127.0.0.1%20", "http://127.0.0.1", "//127.0.0.1", "\\127.0.0.1", "127.0.0.1\\.example.com",

        // control bytes and blanks: what a C string, a trim or a line reader makes of them
        "127.0.0.1\0", "127.0.0.1\0.example.com", "localhost\0", "localhost\0.example.com", "\0127.0.0.1", "\0", "example.com\0", "127.0.0.1 ", " 127.0.0.1", "127.0.0.1\t", "\t127.0.0.1",
        "127.0.0.1\n", "127.0.0.1\r\n", "127.0.0.1\r\nHost: a", "127.0.0.1\v", "127.0.0.1\f", "localhost ", " localhost", "local host", "localhost\n", "127.0.0.1\x7f", "127.0.0.1 .example.com", "127.0.0.1,8.8.8.8",
        "127.0.0.1;8.8.8.8", "127.0.0.1|a", "$(hostname)", "`hostname`", "*", "*.localhost", "127.0.0.*", "::1 ", " ::1", "::1\0", "'127.0.0.1'", "\"127.0.0.1\"", "<127.0.0.1>",

        // what IDNA would map to ASCII, in UTF-8 and in Latin-1
        Utf8("１２７.0.0.1"), Utf8("127。0。0。1"), Utf8("127．0．0．1"), Utf8("①②⑦.0.0.1"), Utf8("ⓛocalhost"), Utf8("ｌｏｃａｌｈｏｓｔ"), Utf8("localhost。"), Utf8("LOCALHOſT"),
        Utf8("loc\u00adalhost"), Utf8("local\u200bhost"), Utf8("\ufefflocalhost"), Utf8("localhost\u2024internal"), Utf8("app.ｉnternal"), Utf8("app.ﬂycast"), Utf8("٠.0.0.0"), Utf8("𝟏𝟐𝟕.0.0.1"),
        "127.0.0.1\x85", "127.0.0.1\xa0", "127\xb70\xb70\xb71", "localhost\xa0", "loc\xadalhost", "\xff\xfe",
    ];

    /// <summary>Sent as an address (4 or 16 bytes); written as text that the strict parser takes.</summary>
    public static readonly string[] Addresses =
    [
        "0.0.0.0", "0.0.0.1", "0.255.255.255", "10.0.0.0", "10.1.2.3", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.0", "127.0.0.1",
        "127.255.255.255", "168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255",
        "192.0.2.0", "192.0.2.255", "192.88.99.0", "192.88.99.255", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.0",
        "198.51.100.255", "203.0.113.0", "203.0.113.255", "224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
        "::", "::1", "::2", "::127.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "::ffff:255.255.255.255",
        "::ffff:0:127.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::127.0.0.1", "64:ff9b::8.8.8.8", "64:ff9b:1::10.0.0.1", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", "100::", "1fff:ffff::",
        "2001::", "2001:0:7f00:1::", "2001:1::1", "2001:2::", "2001:10::", "2001:20::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", "2001:db8::", "2001:db8:ffff::1",
        "2002::", "2002:7f00:1::", "2002:808:808::1", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", "4000::", "5f00::", "fc00::", "fd00:ec2::254",
        "fdaa::3", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fe00::", "fe80::", "fe80::5efe:10.0.0.1", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "fec0::1", "ff00::", "ff02::1",
        "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    ];

    private static string Utf8(string text) => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(text));
}
