namespace Socks5Egress.Gateway;

/// <summary>
/// Why a connection ended: what happened, and on which side. Expected ends are values; the first one wins.
/// The names are part of the contract (kebab case in logs and metrics): add, do not rename.
/// </summary>
public enum EndReason : byte
{
    /// <summary>Not ended yet.</summary>
    None = 0,

    // ---- orderly: both directions closed; the name says who closed first ----
    ClientFin,
    TargetFin,

    // ---- a side broke it ----
    ClientReset,
    TargetReset,
    ClientTimedOut,
    TargetTimedOut,
    /// <summary>TLS: the client's FIN came without a close-notify, so that its bytes may have been cut short on the way.</summary>
    ClientTruncated,

    // ---- before there was a request ----
    /// <summary>The client closed without a byte: a port scan, a health check.</summary>
    ClientSilent,
    /// <summary>The client closed in the middle of a message.</summary>
    ClientGone,
    /// <summary>The listener requires a PROXY protocol header, and the connection began with something else.</summary>
    BadProxyHeader,
    BadRequest,
    BadRequestTooLong,
    BadRequestTooLarge,
    UnknownProtocol,
    ProtocolDisabled,
    NoAcceptableMethod,
    BadCredentials,
    /// <summary>A token that is not valid here, or a password bought with one that is none (any more).</summary>
    BadToken,
    CredentialsBusy,
    ClientNotAllowed,
    /// <summary>No TLS, none that both sides know, or the client refused the gateway's certificate.</summary>
    TlsHandshakeFailed,
    /// <summary>No client certificate though one is needed, or one that the gateway does not trust.</summary>
    BadClientCertificate,
    HandshakeTimeout,
    /// <summary>It logged in and asked for nothing in all the time that it may wait.</summary>
    WarmTimeout,
    CommandNotSupported,
    AddressTypeNotSupported,
    /// <summary>A forwarded HTTP request came back to this gateway, by its address or by Via.</summary>
    ForwardLoop,

    // ---- refused ----
    PolicyDenied,
    LimitSessions,
    LimitUserSessions,
    LimitSourceSessions,
    LimitRate,
    /// <summary>Its user has begun as many sessions in the last minute as it may.</summary>
    LimitUserRate,
    LimitPending,
    /// <summary>Its user has as many connections that wait for their request as there may be, and this was the oldest.</summary>
    LimitWarm,
    LimitDestination,
    LimitMemory,
    /// <summary>More names wait to be looked up than there is room for, and this client has most of them.</summary>
    LimitLookups,
    Draining,
    /// <summary>What goes to the target has to be inside TLS, and was not, or not by the target's choice.</summary>
    PlaintextRefused,

    // ---- could not be dialled ----
    NameNotResolved,
    ResolverFailed,
    NetworkUnreachable,
    HostUnreachable,
    TargetRefused,
    ConnectTimeout,
    /// <summary>BIND: nobody came.</summary>
    PeerTimeout,
    OutOfDescriptors,
    SourceAddressUnavailable,
    /// <summary>Every local port towards the target is in use.</summary>
    PortsExhausted,
    /// <summary>An origin answered a forwarded HTTP request with something that cannot be passed on.</summary>
    BadResponse,

    // ---- we ended it ----
    IdleTimeout,
    HalfCloseTimeout,
    DrainIdle,
    DrainTimeout,
    /// <summary>It was older than its lifetime, and quiet.</summary>
    RetiredLifetime,
    /// <summary>Its address had left the answers of DNS, and it was quiet.</summary>
    RetiredMoved,
    /// <summary>Somebody asked for it by <c>retire</c> or by changing the password, and it was quiet.</summary>
    RetiredAsked,
    NowForbidden,
    /// <summary>Somebody asked for it, by <c>disconnect</c>.</summary>
    Disconnected,
    Stopped,
    InternalError,
}
