using System.Buffers;
using System.Net;
using BenchmarkDotNet.Attributes;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Benchmarks;

/// <summary>
/// The messages of one SOCKS5 handshake, each in one segment and cut in the middle. Nothing may be allocated:
/// a client that never gets past its greeting must not cost memory.
/// </summary>
[MemoryDiagnoser]
public class Socks5Parsing
{
    private readonly byte[] _reply = new byte[Reply.MaxWrittenLength];
    private readonly IPEndPoint _bound = new(IPAddress.Parse("198.51.100.7"), 40001);
    private ReadOnlySequence<byte> _greeting, _credentials, _request;

    [Params(false, true)]
    public bool Cut { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _greeting = Bytes.Sequence([5, 3, 0, 1, 2], Cut);
        _credentials = Bytes.Sequence([1, 3, .. "app"u8, 6, .. "secret"u8], Cut);
        _request = Bytes.Sequence([5, 1, 0, 3, 14, .. "db.example.com"u8, 0x15, 0x38], Cut);
    }

    [Benchmark]
    public bool ReadGreeting() => Greeting.Read(_greeting).Value.Offers(AuthMethod.UserPassword);

    [Benchmark]
    public long ReadUserPassword() => UserPassword.Read(_credentials).Value.Password.Length;

    [Benchmark]
    public ushort ReadRequest() => Request.Read(_request).Value.Port;

    [Benchmark]
    public int WriteReply() => Reply.Write(_reply, ReplyCode.Succeeded, _bound);
}
