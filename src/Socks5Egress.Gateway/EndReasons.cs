using Microsoft.Extensions.Logging;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Gateway;

/// <summary>
/// What each <see cref="EndReason"/> means to everyone who hears of it: one total switch for each. A new reason does not
/// compile into silence: the tests walk all of them.
/// </summary>
internal static class EndReasons
{
    /// <summary>
    /// The SOCKS5 reply (RFC 1928 section 6). 02 is policy's alone: every gateway would say it again. A limit or a drain is this gateway's
    /// own trouble and a general failure, which sends a client to the next gateway.
    /// </summary>
    public static ReplyCode ToSocks5(this EndReason reason) => reason switch
    {
        EndReason.PolicyDenied or EndReason.NowForbidden or EndReason.Disconnected or EndReason.ClientNotAllowed => ReplyCode.NotAllowedByRuleset,
        EndReason.NetworkUnreachable => ReplyCode.NetworkUnreachable,
        EndReason.HostUnreachable or EndReason.NameNotResolved or EndReason.ResolverFailed or EndReason.ConnectTimeout
            or EndReason.PeerTimeout => ReplyCode.HostUnreachable,
        EndReason.TargetRefused => ReplyCode.ConnectionRefused,
        EndReason.CommandNotSupported => ReplyCode.CommandNotSupported,
        EndReason.AddressTypeNotSupported => ReplyCode.AddressTypeNotSupported,
        _ => ReplyCode.GeneralFailure,
    };

    /// <summary>The HTTP status of a refused request.</summary>
    public static int ToHttpStatus(this EndReason reason) => reason switch
    {
        EndReason.BadRequest => 400,
        EndReason.BadRequestTooLong => 414,
        EndReason.BadRequestTooLarge => 431,
        EndReason.BadCredentials => 407,
        EndReason.CredentialsBusy => 503,
        EndReason.PolicyDenied or EndReason.NowForbidden or EndReason.Disconnected or EndReason.ClientNotAllowed => 403,
        EndReason.LimitSessions or EndReason.LimitUserSessions or EndReason.LimitSourceSessions or EndReason.LimitRate
            or EndReason.LimitPending or EndReason.LimitDestination or EndReason.LimitMemory
            or EndReason.LimitLookups or EndReason.Draining => 429,
        EndReason.CommandNotSupported => 405,
        EndReason.NetworkUnreachable or EndReason.HostUnreachable or EndReason.NameNotResolved or EndReason.ResolverFailed
            or EndReason.TargetRefused or EndReason.TargetFin or EndReason.TargetReset or EndReason.BadResponse => 502,
        EndReason.ConnectTimeout or EndReason.TargetTimedOut or EndReason.PeerTimeout => 504,
        EndReason.ForwardLoop => 508,
        _ => 500,
    };

    /// <summary>Where the end came from: <c>client</c>, <c>target</c> or <c>gateway</c>.</summary>
    public static string Side(this EndReason reason) => reason switch
    {
        EndReason.ClientFin or EndReason.ClientReset or EndReason.ClientTimedOut or EndReason.ClientTruncated or EndReason.ClientSilent or EndReason.ClientGone
            or EndReason.BadProxyHeader or EndReason.BadRequest or EndReason.BadRequestTooLong or EndReason.BadRequestTooLarge or EndReason.UnknownProtocol
            or EndReason.ProtocolDisabled or EndReason.NoAcceptableMethod or EndReason.BadCredentials or EndReason.HandshakeTimeout
            or EndReason.TlsHandshakeFailed or EndReason.BadClientCertificate
            or EndReason.CommandNotSupported or EndReason.AddressTypeNotSupported or EndReason.ForwardLoop => "client",
        EndReason.TargetFin or EndReason.TargetReset or EndReason.TargetTimedOut or EndReason.NameNotResolved
            or EndReason.NetworkUnreachable or EndReason.HostUnreachable or EndReason.TargetRefused or EndReason.ConnectTimeout or EndReason.PeerTimeout
            or EndReason.BadResponse => "target",
        _ => "gateway",
    };

    /// <summary>How the side that ended it closed its connection: <c>fin</c>, <c>rst</c>, or null when nothing was closed on the wire.</summary>
    public static string? Closed(this EndReason reason) => reason switch
    {
        EndReason.ClientFin or EndReason.TargetFin or EndReason.ClientSilent or EndReason.ClientGone => "fin",
        EndReason.ClientReset or EndReason.TargetReset or EndReason.TargetRefused => "rst",
        _ => null,
    };

    /// <summary>The level of the one line a session gets: what an operator has to mend is a warning, a bug an error.</summary>
    public static LogLevel Level(this EndReason reason) => reason switch
    {
        EndReason.InternalError => LogLevel.Error,
        EndReason.OutOfDescriptors or EndReason.SourceAddressUnavailable or EndReason.PortsExhausted or EndReason.ResolverFailed or EndReason.LimitMemory
            or EndReason.LimitDestination => LogLevel.Warning,
        EndReason.ClientSilent => LogLevel.Debug,
        _ => LogLevel.Information,
    };

    /// <summary>The name in logs and metrics: the member's name in kebab case, part of the contract.</summary>
    public static string ToKebab(this EndReason reason) => Names[(int)reason];

    private static readonly string[] Names = [.. Enum.GetNames<EndReason>().Select(Kebab)];

    private static string Kebab(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));
}
