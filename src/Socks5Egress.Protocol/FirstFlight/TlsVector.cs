using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>Reads numbers and vectors with their length in front (RFC 8446 section 3.4); never beyond its bytes.</summary>
internal ref struct TlsVector(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>Nothing is left.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    public bool TryNumber8(out byte value)
    {
        value = 0;
        if (_left.IsEmpty) return false;
        value = _left[0];
        _left = _left[1..];
        return true;
    }

    public bool TryNumber16(out ushort value)
    {
        value = 0;
        if (_left.Length < 2) return false;
        value = BinaryPrimitives.ReadUInt16BigEndian(_left);
        _left = _left[2..];
        return true;
    }

    /// <summary>A vector of at most 255 bytes.</summary>
    public bool TryVector8(out ReadOnlySpan<byte> value)
    {
        value = [];
        return TryNumber8(out var length) && TryTake(length, out value);
    }

    /// <summary>A vector of at most 65535 bytes.</summary>
    public bool TryVector16(out ReadOnlySpan<byte> value)
    {
        value = [];
        return TryNumber16(out var length) && TryTake(length, out value);
    }

    /// <summary>The same, with nothing after it.</summary>
    public bool TryOnlyVector16(out ReadOnlySpan<byte> value) => TryVector16(out value) && IsAtEnd;

    private bool TryTake(int length, out ReadOnlySpan<byte> value)
    {
        value = [];
        if (_left.Length < length) return false;
        value = _left[..length];
        _left = _left[length..];
        return true;
    }
}
