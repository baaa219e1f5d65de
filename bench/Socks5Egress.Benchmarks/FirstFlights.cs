using BenchmarkDotNet.Attributes;
using Socks5Egress.Protocol.FirstFlight;

namespace Socks5Egress.Benchmarks;

/// <summary>What reading a first flight costs: a ClientHello of 517 bytes, as browsers and OpenSSL send it, and the ServerHello.</summary>
[MemoryDiagnoser]
public class FirstFlights
{
    private static readonly byte[] Client = Record(1, [3, 3, .. new byte[32], 32, .. new byte[32], 0, 2, 0x13, 1, 1, 0, .. Vector(
        [0, 0, 0, 19, 0, 17, 0, 0, 14, .. "db.example.com"u8, 0, 16, 0, 14, 0, 12, 2, .. "h2"u8, 8, .. "http/1.1"u8, 0, 43, 0, 3, 2, 3, 4, 0, 21, .. Vector(new byte[380])])]);

    private static readonly byte[] Server = Record(2, [3, 3, .. new byte[32], 32, .. new byte[32], 0x13, 1, 0, .. Vector([0, 43, 0, 2, 3, 4])]);

    /// <summary>One piece, as it comes from a client nearby.</summary>
    [Benchmark(Baseline = true)]
    public string? ReadClientHello() => Read(Client.Length);

    /// <summary>One byte at a time.</summary>
    [Benchmark]
    public string? ReadClientHelloInBytes() => Read(1);

    /// <summary>The answer.</summary>
    [Benchmark]
    public string ReadServerHello()
    {
        using var reader = new HandshakeReader(HelloKind.ServerHello);
        reader.Feed(Server);
        ServerHello.TryRead(reader.Body, out var hello);
        return hello.Version;
    }

    private static string? Read(int piece)
    {
        using var reader = new HandshakeReader(HelloKind.ClientHello);
        for (var at = 0; at < Client.Length; at += piece) reader.Feed(Client.AsSpan(at, Math.Min(piece, Client.Length - at)));
        ClientHello.TryRead(reader.Body, out var hello);
        return hello.Sni;
    }

    private static byte[] Record(byte type, byte[] body) => [22, 3, 1, .. Vector([type, 0, .. Vector(body)])];

    private static byte[] Vector(byte[] bytes) => [(byte)(bytes.Length >> 8), (byte)bytes.Length, .. bytes];
}
