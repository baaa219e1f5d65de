using Socks5Egress.Client;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Exec.SynVerdict;

/// <summary>What becomes of a SYN. The numbers are the marks that the rules in <c>Exec/Native/rules.c</c> look for.</summary>
internal enum SynMark
{
    /// <summary>It goes on to the listener: the gateway has connected.</summary>
    Granted = 0,

    /// <summary>RST: ECONNREFUSED.</summary>
    Refused = 0x5e01,

    /// <summary>ICMP host unreachable: EHOSTUNREACH.</summary>
    HostUnreachable = 0x5e02,

    /// <summary>ICMP network unreachable: ENETUNREACH.</summary>
    NetworkUnreachable = 0x5e03,

    /// <summary>ICMP administratively prohibited: EHOSTUNREACH for IPv4, EACCES for IPv6.</summary>
    Prohibited = 0x5e04,

    /// <summary>Nothing: the command's own kernel goes on asking, and gives up with ETIMEDOUT.</summary>
    Silence = -1,
}

/// <summary>From a failure to what <c>connect()</c> is told.</summary>
internal static class SynMarks
{
    public static SynMark Of(Socks5Exception failure) => failure.Stage != Socks5Stage.Request ? OfGateway(failure) : failure.Reply switch
    {
        ReplyCode.ConnectionRefused => SynMark.Refused,
        ReplyCode.NotAllowedByRuleset => SynMark.Prohibited,
        ReplyCode.NetworkUnreachable or ReplyCode.AddressTypeNotSupported => SynMark.NetworkUnreachable,
        null when failure.IsTimeout => SynMark.Silence,
        null => SynMark.NetworkUnreachable,
        _ => SynMark.HostUnreachable,
    };

    // A gateway that lets nobody in is a wall, one that is away is a network that is down; one that is silent is silent
    private static SynMark OfGateway(Socks5Exception failure) =>
        !failure.IsTransient ? SynMark.Prohibited : failure.IsTimeout ? SynMark.Silence : SynMark.NetworkUnreachable;
}
