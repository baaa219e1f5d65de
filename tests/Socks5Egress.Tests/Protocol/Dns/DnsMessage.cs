using System.Net;
using System.Text;
using Socks5Egress.Protocol.Dns;

namespace Socks5Egress.Tests.Protocol.Dns;

/// <summary>Builds a response record by record, without compression; names are written as they are said.</summary>
internal sealed class DnsMessage(string name, DnsType type)
{
    private readonly List<byte> _answers = [], _authorities = [];
    private int _answerCount, _authorityCount;

    public ushort Id { get; init; } = 0x1234;

    public byte Code { get; init; }

    public bool IsTruncated { get; init; }

    public DnsMessage A(string owner, string address, uint ttl = 60) => Answer(Name(owner), DnsType.A, ttl, IPAddress.Parse(address).GetAddressBytes());

    public DnsMessage Aaaa(string owner, string address, uint ttl = 60) => Answer(Name(owner), DnsType.Aaaa, ttl, IPAddress.Parse(address).GetAddressBytes());

    public DnsMessage Cname(string owner, string target, uint ttl = 60) => Answer(Name(owner), DnsType.Cname, ttl, Name(target));

    public DnsMessage Answer(byte[] owner, DnsType kind, uint ttl, byte[] data)
    {
        _answers.AddRange(Record(owner, kind, ttl, data));
        _answerCount++;
        return this;
    }

    public DnsMessage Soa(string owner, uint ttl, uint minimum)
    {
        _authorities.AddRange(Record(Name(owner), DnsType.Soa, ttl, [.. Name("ns." + owner), .. Name("admin." + owner), .. new byte[16], .. Number(minimum)]));
        _authorityCount++;
        return this;
    }

    public byte[] ToArray() =>
    [
        (byte)(Id >> 8), (byte)Id, (byte)(0x81 | (IsTruncated ? 2 : 0)), (byte)(0x80 | Code), 0, 1, 0, (byte)_answerCount, 0, (byte)_authorityCount, 0, 0,
        .. Name(name), 0, (byte)type, 0, 1, .. _answers, .. _authorities,
    ];

    public static byte[] Name(string text) =>
        [.. text.Split('.', StringSplitOptions.RemoveEmptyEntries).SelectMany(label => (byte[])[(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]), 0];

    private static byte[] Record(byte[] owner, DnsType kind, uint ttl, byte[] data) =>
        [.. owner, 0, (byte)kind, 0, 1, .. Number(ttl), (byte)(data.Length >> 8), (byte)data.Length, .. data];

    private static byte[] Number(uint value) => [(byte)(value >> 24), (byte)(value >> 16), (byte)(value >> 8), (byte)value];
}
