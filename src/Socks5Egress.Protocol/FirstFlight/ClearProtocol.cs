namespace Socks5Egress.Protocol.FirstFlight;

/// <summary>What is spoken on a connection, as far as its first bytes tell.</summary>
internal enum ClearProtocol : byte
{
    /// <summary>None of the others. There are no words to refuse it in.</summary>
    Unknown,

    /// <summary>PostgreSQL.</summary>
    Postgres,

    /// <summary>MySQL and MariaDB.</summary>
    MySql,

    /// <summary>SQL Server (MS-TDS).</summary>
    Tds,

    /// <summary>Redis (RESP).</summary>
    Redis,

    /// <summary>HTTP/1.x, or HTTP/2 with prior knowledge.</summary>
    Http,

    /// <summary>Mail (RFC 5321).</summary>
    Smtp,

    /// <summary>IMAP (RFC 9051).</summary>
    Imap,

    /// <summary>POP3 (RFC 1939).</summary>
    Pop3,

    /// <summary>SSH (RFC 4253): encrypted, and not by TLS.</summary>
    Ssh,

    /// <summary>TLS (RFC 8446).</summary>
    Tls,
}

/// <summary>Tells protocols by their first bytes.</summary>
internal static class ClearProtocols
{
    private const byte TlsHandshake = 0x16, TdsLogin = 0x10, TdsBatch = 0x01;

    private static readonly byte[][] HttpMethods =
        [[.. "GET "u8], [.. "HEAD "u8], [.. "POST "u8], [.. "PUT "u8], [.. "DELETE "u8], [.. "OPTIONS "u8], [.. "PATCH "u8], [.. "CONNECT "u8], [.. "TRACE "u8], [.. "PRI * HTTP/"u8]];

    private static readonly byte[][] RedisWords = [[.. "PING"u8], [.. "AUTH "u8], [.. "HELLO "u8], [.. "INFO"u8], [.. "ping"u8], [.. "auth "u8], [.. "hello "u8], [.. "info"u8]];

    /// <summary>The name in logs and metrics.</summary>
    public static string Name(this ClearProtocol protocol) => protocol switch
    {
        ClearProtocol.Postgres => "postgres",
        ClearProtocol.MySql => "mysql",
        ClearProtocol.Tds => "tds",
        ClearProtocol.Redis => "redis",
        ClearProtocol.Http => "http",
        ClearProtocol.Smtp => "smtp",
        ClearProtocol.Imap => "imap",
        ClearProtocol.Pop3 => "pop3",
        ClearProtocol.Ssh => "ssh",
        ClearProtocol.Tls => "tls",
        _ => "unknown",
    };

    /// <summary>What a client's first bytes say. That a protocol is named does not mean that its message is whole or legal.</summary>
    /// <param name="bytes">At least one.</param>
    /// <param name="protocol">What it is.</param>
    /// <returns>False when more bytes are needed: at most 11.</returns>
    public static bool TryTellClient(ReadOnlySpan<byte> bytes, out ClearProtocol protocol)
    {
        protocol = bytes[0] switch
        {
            TlsHandshake => ClearProtocol.Tls,
            0x00 => ClearProtocol.Postgres,
            TdsPreLogin.RequestType or TdsLogin or TdsBatch => ClearProtocol.Tds,
            (byte)'*' => ClearProtocol.Redis,
            _ => ClearProtocol.Unknown,
        };
        if (protocol != ClearProtocol.Unknown) return true;
        var mayBe = false;
        if (Begins(bytes, "SSH-"u8, ref mayBe)) protocol = ClearProtocol.Ssh;
        foreach (var method in HttpMethods)
        {
            if (Begins(bytes, method, ref mayBe)) protocol = ClearProtocol.Http;
        }
        if (Begins(bytes, "EHLO "u8, ref mayBe) || Begins(bytes, "HELO "u8, ref mayBe)) protocol = ClearProtocol.Smtp;
        foreach (var word in RedisWords)
        {
            if (Begins(bytes, word, ref mayBe)) protocol = ClearProtocol.Redis;
        }
        return protocol != ClearProtocol.Unknown || !mayBe;
    }

    /// <summary>What a server's first bytes say: who speaks first in mail says so.</summary>
    public static ClearProtocol TellServer(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [(byte)'2', (byte)'2', (byte)'0', (byte)' ' or (byte)'-', ..] => ClearProtocol.Smtp,
        [(byte)'*', (byte)' ', (byte)'O', (byte)'K', ..] => ClearProtocol.Imap,
        [(byte)'+', (byte)'O', (byte)'K', ..] => ClearProtocol.Pop3,
        [(byte)'S', (byte)'S', (byte)'H', (byte)'-', ..] => ClearProtocol.Ssh,
        _ => ClearProtocol.Unknown,
    };

    private static bool Begins(ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> word, ref bool mayBe)
    {
        if (bytes.StartsWith(word)) return true;
        mayBe |= word.StartsWith(bytes);
        return false;
    }
}
