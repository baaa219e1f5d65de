using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The head of a CONNECT request (RFC 9110 section 9.3.6, RFC 9112 sections 2 to 5).
/// <code>
/// CONNECT host:port HTTP/1.1 CR LF      authority-form only; "[...]" around IPv6; 1.0 or 1.1
/// Host: host:port CR LF                 exactly one in 1.1, at most one in 1.0
/// Proxy-Authorization: ... CR LF        at most one
/// *( field-name ":" value CR LF )       at most 100 fields, 8 KiB a line, 16 KiB in all
/// CR LF
/// </code>
/// The target alone names the destination (section 3.2.2: a proxy ignores what Host says). CONNECT has no content:
/// Content-Length and Transfer-Encoding mean nothing, and what is behind the head is the client's first payload.
/// <para>
/// The reader keeps no state: a head that arrives byte by byte is walked again for each of them. The limits bound that walk, and
/// its searches are vectorised: 7 µs at the largest head (see the HttpParsing benchmark), no more than receiving the byte took.
/// </para>
/// </summary>
internal readonly struct ConnectHead
{
    private static ReadOnlySpan<byte> Method => "CONNECT "u8;

    private ConnectHead(ReadOnlySequence<byte> host, ushort port, ReadOnlySequence<byte>? proxyAuthorization)
    {
        IsConnect = true;
        Host = host;
        Port = port;
        ProxyAuthorization = proxyAuthorization;
    }

    /// <summary>The longest head, in bytes, its last empty line included.</summary>
    public const int MaxLength = 16 * 1024;

    /// <summary>The longest line without its CR LF, in bytes.</summary>
    public const int MaxLineLength = HeadLines.MaxLineLength;

    /// <summary>The most field lines.</summary>
    public const int MaxFields = 100;

    /// <summary>
    /// False when the method is another one (methods are case-sensitive: "connect" is). Then nothing else was looked at, nothing
    /// is consumed, and the rest of this value means nothing.
    /// </summary>
    public bool IsConnect { get; }

    /// <summary>
    /// The host, 1 to 255 bytes, an IPv6 address without its brackets. Inside the buffer that was read; gone when that
    /// buffer is advanced.
    /// </summary>
    public ReadOnlySequence<byte> Host { get; }

    /// <summary>0 to 65535.</summary>
    public ushort Port { get; }

    /// <summary>The value of Proxy-Authorization, or null without one; as short-lived as <see cref="Host"/>. A secret.</summary>
    public ReadOnlySequence<byte>? ProxyAuthorization { get; }

    /// <summary>
    /// The destination as a value that outlives the buffer (this allocates). An address literal is an address, in its
    /// canonical form (RFC 3986 section 3.2.2: the address comes before the name).
    /// </summary>
    public Destination ToDestination()
    {
        var host = Encoding.Latin1.GetString(Host);
        return AddressLiteral.TryParse(host, out var address)
            ? Destination.Of(AddressLiteral.Canonical(address), Port)
            : Destination.Of(host, Port);
    }

    /// <summary>
    /// Reads a head. Each line is judged when its end is there: <see cref="ParseFault.Syntax"/> for a broken one (400),
    /// <see cref="ParseFault.LineTooLong"/> for the request line (414), <see cref="ParseFault.TooLarge"/> for fields (431).
    /// </summary>
    public static Parsed<ConnectHead> Read(in ReadOnlySequence<byte> buffer)
    {
        var head = buffer.Slice(0, Math.Min(buffer.Length, MaxLength));
        return head.IsSingleSegment ? Read(buffer, head.FirstSpan) : ReadCut(buffer, head);
    }

    // The copy is on the stack: a pool would be shared by clients that never finish their heads
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Parsed<ConnectHead> ReadCut(in ReadOnlySequence<byte> buffer, in ReadOnlySequence<byte> head)
    {
        Span<byte> copy = stackalloc byte[MaxLength];
        head.CopyTo(copy);
        return Read(buffer, copy[..(int)head.Length]);
    }

    private static Parsed<ConnectHead> Read(in ReadOnlySequence<byte> buffer, ReadOnlySpan<byte> bytes)
    {
        var common = bytes.CommonPrefixLength(Method);
        if (common < Method.Length)
            return common == bytes.Length ? Parsed<ConnectHead>.NeedMore : Parsed<ConnectHead>.Done(default, buffer.Start);

        var lines = new HeadLines(bytes);
        var status = lines.Next(out var line, out var fault);
        if (status == ParseStatus.Invalid) return Parsed<ConnectHead>.Invalid(fault);
        if (status == ParseStatus.NeedMore) return Parsed<ConnectHead>.NeedMore;
        if (!TryParseRequestLine(bytes[line], out var host, out var port, out var needsHost))
            return Parsed<ConnectHead>.Invalid(ParseFault.Syntax);

        var fields = new ConnectFields();
        while ((status = lines.Next(out line, out fault)) == ParseStatus.Done && line.Start.Value != line.End.Value)
        {
            fault = fields.Add(bytes[line], line.Start.Value);
            if (fault != ParseFault.None) return Parsed<ConnectHead>.Invalid(fault);
        }

        if (status == ParseStatus.NeedMore)
            return bytes.Length < MaxLength ? Parsed<ConnectHead>.NeedMore : Parsed<ConnectHead>.Invalid(ParseFault.TooLarge);
        if (status == ParseStatus.Invalid)
            return Parsed<ConnectHead>.Invalid(fault == ParseFault.LineTooLong ? ParseFault.TooLarge : fault);
        if (needsHost && !fields.HasHost) return Parsed<ConnectHead>.Invalid(ParseFault.Syntax);

        var value = new ConnectHead(
            Slice(buffer, host), port, fields.ProxyAuthorization is { } authorization ? Slice(buffer, authorization) : null);
        return Parsed<ConnectHead>.Done(value, buffer.GetPosition(lines.Position));
    }

    private static bool TryParseRequestLine(ReadOnlySpan<byte> line, out Range host, out ushort port, out bool needsHost)
    {
        var target = line[Method.Length..];
        var blank = target.IndexOf((byte)' ');
        var version = target[(blank + 1)..];
        needsHost = version.SequenceEqual("HTTP/1.1"u8);
        host = default;
        port = 0;
        if (blank <= 0 || !(needsHost || version.SequenceEqual("HTTP/1.0"u8))) return false;
        if (!Authority.TryParse(target[..blank], out var within, out var number) || number is null) return false;
        host = (within.Start.Value + Method.Length)..(within.End.Value + Method.Length);
        port = number.Value;
        return true;
    }

    private static ReadOnlySequence<byte> Slice(in ReadOnlySequence<byte> buffer, Range range) =>
        buffer.Slice(range.Start.Value, range.End.Value - range.Start.Value);
}
