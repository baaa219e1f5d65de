using System.Buffers;
using BenchmarkDotNet.Attributes;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Detection;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Benchmarks;

/// <summary>
/// The head that curl sends, and what one more byte costs on the largest unfinished head: the reader walks it again for each
/// arrival, so that row times 16,384 bounds the work that a byte-by-byte head can cause.
/// </summary>
[MemoryDiagnoser]
public class HttpParsing
{
    private readonly byte[] _decoded = new byte[BasicCredentials.MaxLength];
    private ReadOnlySequence<byte> _head, _unfinished, _credentials;

    [Params(false, true)]
    public bool Cut { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        byte[] start = [.. "CONNECT db.example.com:443 HTTP/1.1\r\nHost: db.example.com:443\r\n"u8];
        _head = Bytes.Sequence(
            [.. start, .. "Proxy-Authorization: Basic YXBwOnNlY3JldA==\r\nUser-Agent: curl/8.14.1\r\nProxy-Connection: Keep-Alive\r\n\r\n"u8],
            Cut);

        byte[] field = [.. "X-Padding: "u8, .. Enumerable.Repeat((byte)'x', 150), .. "\r\n"u8];
        var fields = Enumerable.Repeat(field, ConnectHead.MaxFields - 1).SelectMany(line => line);
        _unfinished = Bytes.Sequence([.. start.Concat(fields).Take(ConnectHead.MaxLength - 1)], Cut);
        _credentials = Bytes.Sequence([.. "Basic YXBwOnNlY3JldA=="u8], Cut);
    }

    [Benchmark]
    public byte Sniff() => (byte)ProtocolSniffer.Sniff(_head);

    [Benchmark]
    public ushort ReadConnectHead() => ConnectHead.Read(_head).Value.Port;

    [Benchmark]
    public int ReadUnfinishedHeadOf16KiB() => (int)ConnectHead.Read(_unfinished).Status;

    [Benchmark]
    public bool DecodeBasicCredentials() => BasicCredentials.TryDecode(_credentials, _decoded, out _);
}
