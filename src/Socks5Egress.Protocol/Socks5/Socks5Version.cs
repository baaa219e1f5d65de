namespace Socks5Egress.Protocol.Socks5;

/// <summary>The VER byte of every SOCKS5 message but the RFC 1929 sub-negotiation, which has a version of its own.</summary>
internal static class Socks5Version
{
    /// <summary>5.</summary>
    public const byte Value = 0x05;
}
