using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.FirstFlight;

/// <summary>Reads the ServerHello as the relay carries it: which version was negotiated, and whether the server answers in clear.</summary>
/// <param name="insideTds">Its records come inside TDS packets.</param>
/// <param name="answered">Told once: the hello, or null for an alert, which ends the handshake.</param>
/// <param name="inClear">Told instead when the answer is no TLS, or TLS that encrypts nothing.</param>
internal sealed class AnswerWatch(bool insideTds, Action<ServerHello?> answered, Action inClear) : IAnswerWatch
{
    private readonly HandshakeReader _reader = new(HelloKind.ServerHello, insideTds);

    public bool See(ReadOnlySpan<byte> bytes)
    {
        var status = _reader.Feed(bytes);
        if (status == ParseStatus.NeedMore) return true;
        if (status == ParseStatus.Done && _reader.IsAlert) answered(null);
        else if (status == ParseStatus.Done && ServerHello.TryRead(_reader.Body, out var hello) && hello.IsEncrypting) answered(hello);
        else inClear();
        _reader.Dispose();
        return false;
    }
}
