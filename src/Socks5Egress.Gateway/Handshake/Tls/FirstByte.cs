using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Tls;

/// <summary>
/// Whether what a client says first can be TLS at all. A plain SOCKS5 client says three bytes and waits for the answer, and a TLS
/// record has a header of five: without this look, both would wait for the handshake timeout.
/// </summary>
internal static class FirstByte
{
    // RFC 8446 section 5.1: the record types, of which only a handshake begins a connection; from 0x80 on it is a hello of SSL 2
    private const byte Handshake = 22, Ssl2 = 0x80;

    /// <summary>Waits for the first byte and leaves it where it is. A connection that ends before is for the handshake to name.</summary>
    public static async ValueTask<bool> IsTlsAsync(ILeg leg, CancellationToken cancellation)
    {
        while (true)
        {
            if (!leg.Input.TryRead(out var read)) read = await leg.Input.ReadAsync(cancellation);
            var buffer = read.Buffer;
            var first = buffer.IsEmpty ? Handshake : buffer.FirstSpan[0];
            leg.Input.AdvanceTo(buffer.Start);
            if (!buffer.IsEmpty || read.IsCompleted) return first is Handshake or >= Ssl2;
        }
    }
}
