using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>Takes the headers off the TDS packets that carry a TLS handshake (MS-TDS sections 2.2.3.1 and 2.2.6.5). Fed each byte once.</summary>
internal struct TdsUnwrapping
{
    private const int Header = 8;
    private ulong _header;
    private int _headerRead, _left;

    /// <summary>Takes bytes off the front: of a header, or those of one packet that are there.</summary>
    /// <param name="bytes">What has come; not empty. Left with what follows.</param>
    /// <param name="payload">The bytes inside; may be empty.</param>
    /// <returns>False when this is no packet of a TLS handshake.</returns>
    public bool TryNext(ref ReadOnlySpan<byte> bytes, out ReadOnlySpan<byte> payload)
    {
        payload = [];
        if (_left > 0)
        {
            payload = bytes[..Math.Min(_left, bytes.Length)];
            _left -= payload.Length;
            bytes = bytes[payload.Length..];
            return true;
        }
        while (_headerRead < Header && !bytes.IsEmpty)
        {
            _header = _header << 8 | bytes[0];
            if (++_headerRead == 1 && bytes[0] != TdsPreLogin.RequestType) return false;
            bytes = bytes[1..];
        }
        if (_headerRead < Header) return true;
        _left = (ushort)(_header >> 32) - Header;
        (_headerRead, _header) = (0, 0);
        return _left > 0;
    }
}
