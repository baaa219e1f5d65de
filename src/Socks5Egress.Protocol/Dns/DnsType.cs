namespace Socks5Egress.Protocol.Dns;

/// <summary>Types of DNS records that are asked for or understood (RFC 1035 section 3.2.2, RFC 3596 section 2.1, RFC 6891).</summary>
internal enum DnsType : ushort
{
    /// <summary>An IPv4 address.</summary>
    A = 1,

    /// <summary>The canonical name behind an alias.</summary>
    Cname = 5,

    /// <summary>The start of a zone: behind a negative answer it says how long that holds (RFC 2308).</summary>
    Soa = 6,

    /// <summary>Text.</summary>
    Txt = 16,

    /// <summary>An IPv6 address.</summary>
    Aaaa = 28,

    /// <summary>EDNS: how long a datagram may be.</summary>
    Opt = 41,
}

/// <summary>Response codes (RFC 1035 section 4.1.1) that mean something here. Every other one is a failure of the server.</summary>
internal enum DnsCode : byte
{
    /// <summary>The name exists; it may have no record of the type.</summary>
    NoError = 0,

    /// <summary>The server did not understand the query: it may know no EDNS.</summary>
    FormatError = 1,

    /// <summary>The server could not find out.</summary>
    ServerFailure = 2,

    /// <summary>There is no such name.</summary>
    NameError = 3,

    /// <summary>The server does not know this kind of query.</summary>
    NotImplemented = 4,

    /// <summary>The server will not say.</summary>
    Refused = 5,
}
