using System.Buffers;
using System.Buffers.Binary;

namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>Which side's hello is read: the type of its handshake message (RFC 8446 section 4).</summary>
internal enum HelloKind : byte
{
    /// <summary>A client's.</summary>
    ClientHello = 1,

    /// <summary>A server's.</summary>
    ServerHello = 2,
}

/// <summary>
/// Puts the first TLS handshake message of one side together from its records (RFC 8446 section 5.1), which may be cut anywhere. It is fed each byte once,
/// decrypts nothing, and holds at most the one message. Dispose it to give the buffer back.
/// </summary>
/// <param name="kind">The message that has to come first.</param>
/// <param name="insideTds">The records come inside TDS packets of type 12 hex (MS-TDS section 2.2.6.5).</param>
internal sealed class HandshakeReader(HelloKind kind, bool insideTds = false) : IDisposable
{
    /// <summary>The longest message that is read.</summary>
    public const int MaxMessage = 64 * 1024;

    /// <summary>The most bytes on the wire that it may take, with the headers of its records.</summary>
    public const int MaxWire = MaxMessage + 16 * 1024;

    private const byte HandshakeRecord = 22, AlertRecord = 21;
    private const int RecordHeader = 5, MessageHeader = 4, MaxRecord = 16 * 1024;

    private readonly byte[] _record = new byte[RecordHeader];
    private byte[]? _message;
    private int _recordRead, _recordLeft, _read;
    private TdsUnwrapping _tds;

    /// <summary>The peer answered with an alert instead of the message (RFC 8446 section 6): TLS, without a hello.</summary>
    public bool IsAlert { get; private set; }

    /// <summary>Bytes of the wire that belong to the message and its records.</summary>
    public int Wire { get; private set; }

    /// <summary>The body of the message, without its header. Whole once <see cref="Feed"/> has said so.</summary>
    public ReadOnlySpan<byte> Body => _read < MessageHeader ? [] : _message.AsSpan(MessageHeader, _read - MessageHeader);

    /// <summary>Takes the next bytes of the connection.</summary>
    /// <returns>
    /// <see cref="ParseStatus.Done"/> with the last byte of the message or with an alert, <see cref="ParseStatus.Invalid"/> when this is no such message.
    /// </returns>
    public ParseStatus Feed(ReadOnlySpan<byte> bytes)
    {
        if (!insideTds) return Take(bytes);
        while (!bytes.IsEmpty)
        {
            var before = bytes.Length;
            if (!_tds.TryNext(ref bytes, out var payload)) return ParseStatus.Invalid;
            Wire += before - bytes.Length - payload.Length;
            if (Take(payload) is var status and not ParseStatus.NeedMore) return status;
        }
        return Wire > MaxWire ? ParseStatus.Invalid : ParseStatus.NeedMore;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (_message is not null) ArrayPool<byte>.Shared.Return(_message);
        _message = null;
        _read = 0;
    }

    private ParseStatus Take(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (_recordLeft == 0)
            {
                if (!TakeHeader(ref bytes, out var ended)) return ParseStatus.Invalid;
                if (ended) return ParseStatus.Done;
                continue;
            }
            var count = Math.Min(bytes.Length, _recordLeft);
            var status = TakeMessage(bytes[..count], out var taken);
            (_recordLeft, Wire) = (_recordLeft - taken, Wire + taken);
            if (status != ParseStatus.NeedMore) return status;
            bytes = bytes[count..];
        }
        return Wire > MaxWire ? ParseStatus.Invalid : ParseStatus.NeedMore;
    }

    // Judged byte by byte: what is no TLS is told by its first byte
    private bool TakeHeader(ref ReadOnlySpan<byte> bytes, out bool ended)
    {
        ended = false;
        _record[_recordRead++] = bytes[0];
        bytes = bytes[1..];
        Wire++;
        var isAlert = kind == HelloKind.ServerHello && _read == 0 && _record[0] == AlertRecord;
        if (_record[0] != HandshakeRecord && !isAlert) return false;
        if (_recordRead > 1 && _record[1] != 3) return false;
        if (_recordRead > 2 && _record[2] > 4) return false;
        if (_recordRead < RecordHeader) return true;
        _recordLeft = BinaryPrimitives.ReadUInt16BigEndian(_record.AsSpan(3));
        _recordRead = 0;
        IsAlert = ended = isAlert;
        return _recordLeft is > 0 and <= MaxRecord;
    }

    private ParseStatus TakeMessage(ReadOnlySpan<byte> bytes, out int taken)
    {
        taken = 0;
        _message ??= ArrayPool<byte>.Shared.Rent(1024);
        while (_read < MessageHeader && taken < bytes.Length) _message[_read++] = bytes[taken++];
        if (_read > 0 && _message[0] != (byte)kind) return ParseStatus.Invalid;
        if (_read < MessageHeader) return ParseStatus.NeedMore;
        var length = _message[1] << 16 | BinaryPrimitives.ReadUInt16BigEndian(_message.AsSpan(2));
        if (length > MaxMessage) return ParseStatus.Invalid;
        var count = Math.Min(bytes.Length - taken, MessageHeader + length - _read);
        Grow(_read + count);
        bytes.Slice(taken, count).CopyTo(_message.AsSpan(_read));
        (_read, taken) = (_read + count, taken + count);
        if (_read < MessageHeader + length) return ParseStatus.NeedMore;
        // A client has nothing more to say in this record (RFC 8446 section 5.1: no message spans a change of keys); a server of TLS 1.2 goes on in it
        return kind == HelloKind.ServerHello || _recordLeft == taken ? ParseStatus.Done : ParseStatus.Invalid;
    }

    private void Grow(int size)
    {
        if (_message!.Length >= size) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(size, Math.Min(2 * _message.Length, MaxMessage + MessageHeader)));
        _message.AsSpan(0, _read).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_message);
        _message = larger;
    }
}
