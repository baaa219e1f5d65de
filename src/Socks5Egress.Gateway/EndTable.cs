using Socks5Egress.Protocol.Socks5;
using static Microsoft.Extensions.Logging.LogLevel;
using static Socks5Egress.Gateway.EndClose;
using static Socks5Egress.Gateway.EndSide;
using static Socks5Egress.Protocol.Socks5.ReplyCode;

namespace Socks5Egress.Gateway;

/// <summary>
/// What each <see cref="EndReason"/> means to everyone who hears of it: one row a member, in the order of the members. A test finds a
/// member without a row, and another compares docs/reference.md with the rows.
/// </summary>
/// <remarks>
/// SOCKS5 (RFC 1928 section 6): 02 is policy's alone: every gateway would say it again. A limit or a drain is this gateway's own trouble and
/// a general failure, which sends a client to the next gateway. SOCKS4 has one refusal for all of them, 91.
/// </remarks>
internal static class EndTable
{
    /// <summary>The category of ends whose category is the rule's.</summary>
    public const string RuleCategory = "policy";

    /// <summary>The rows.</summary>
    public static ReadOnlySpan<EndTraits> Rows => All;

    /// <summary>The row of a member.</summary>
    public static EndTraits Of(EndReason reason) => All[(int)reason];

    private static readonly EndTraits[] All =
    [
        new(EndReason.None, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500) { Nearness = 0 },

        // ---- orderly: both directions closed; the name says who closed first ----
        new(EndReason.ClientFin, Client, Fin, Information, GeneralFailure, 500),
        new(EndReason.TargetFin, Target, Fin, Information, GeneralFailure, 502),

        // ---- a side broke it ----
        new(EndReason.ClientReset, Client, Rst, Information, GeneralFailure, 500) { Lingers = false },
        new(EndReason.TargetReset, Target, Rst, Information, GeneralFailure, 502),
        new(EndReason.ClientTimedOut, Client, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.TargetTimedOut, Target, NotClosed, Information, GeneralFailure, 504),
        new(EndReason.ClientTruncated, Client, NotClosed, Information, GeneralFailure, 500),

        // ---- before there was a request ----
        new(EndReason.ClientSilent, Client, Fin, Debug, GeneralFailure, 500) { Lingers = false },
        new(EndReason.ClientGone, Client, Fin, Information, GeneralFailure, 500) { Lingers = false },
        new(EndReason.BadProxyHeader, Client, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.BadRequest, Client, NotClosed, Information, GeneralFailure, 400) { IsFailure = true },
        new(EndReason.BadRequestTooLong, Client, NotClosed, Information, GeneralFailure, 414),
        new(EndReason.BadRequestTooLarge, Client, NotClosed, Information, GeneralFailure, 431),
        new(EndReason.UnknownProtocol, Client, NotClosed, Information, GeneralFailure, 500) { IsFailure = true },
        new(EndReason.ProtocolDisabled, Client, NotClosed, Information, GeneralFailure, 500) { Category = "protocol" },
        new(EndReason.NoAcceptableMethod, Client, NotClosed, Information, GeneralFailure, 500) { Category = "credentials" },
        new(EndReason.BadCredentials, Client, NotClosed, Information, GeneralFailure, 407)
        {
            Category = "credentials",
            Hint = "Wrong user name or password. Fix the users file, or the credentials of the client.",
        },
        new(EndReason.BadToken, Client, NotClosed, Information, GeneralFailure, 407)
        {
            Category = "credentials",
            Hint = "The token, or the password bought with one, is not valid here.",
        },
        new(EndReason.CredentialsBusy, EndSide.Gateway, NotClosed, Information, GeneralFailure, 503)
        {
            Category = "credentials",
            Hint = "The password was not checked: too many waited to be hashed, or its hash did not come within --handshake-timeout. "
                + "Find out who guesses passwords, or give the gateway more processors.",
        },
        new(EndReason.ClientNotAllowed, EndSide.Gateway, NotClosed, Information, NotAllowedByRuleset, 403)
        {
            Category = "clients",
            Hint = "The client's address is not among those of --clients.",
        },
        new(EndReason.TlsHandshakeFailed, Client, NotClosed, Information, GeneralFailure, 500)
        {
            Hint = "The client did not speak TLS (a plain SOCKS5 client needs socks5+tls:// or another listener), spoke an "
                + "old version, or rejected the certificate: check the client.",
        },
        new(EndReason.BadClientCertificate, Client, NotClosed, Information, GeneralFailure, 500)
        {
            Hint = "The client sent no certificate issued by --tls-client-ca, or one that has expired or names no user.",
        },
        new(EndReason.HandshakeTimeout, Client, NotClosed, Information, GeneralFailure, 500) { IsFailure = true, Lingers = false },
        new(EndReason.WarmTimeout, EndSide.Gateway, NotClosed, Debug, GeneralFailure, 500),
        new(EndReason.CommandNotSupported, Client, NotClosed, Information, CommandNotSupported, 405) { Category = "protocol" },
        new(EndReason.AddressTypeNotSupported, Client, NotClosed, Information, AddressTypeNotSupported, 500) { Category = "protocol" },
        new(EndReason.ForwardLoop, Client, NotClosed, Information, GeneralFailure, 508),

        // ---- refused ----
        new(EndReason.PolicyDenied, EndSide.Gateway, NotClosed, Information, NotAllowedByRuleset, 403)
        {
            Category = RuleCategory,
            Hint = "A rule of the policy refused the target; the field rule names it, and explain says why.",
        },
        new(EndReason.LimitSessions, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The gateway has reached --max-sessions: raise it, or run another gateway.",
        },
        new(EndReason.LimitUserSessions, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The user has reached --max-user-sessions or the limit of its account: make the pool smaller, or raise "
                + "the limit.",
        },
        new(EndReason.LimitSourceSessions, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The client's address has reached --max-source-sessions: close idle connections, or raise the limit.",
        },
        new(EndReason.LimitRate, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "More sessions began in this second than --max-rate allows: clients should reuse connections, or raise "
                + "the limit.",
        },
        new(EndReason.LimitUserRate, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The user has begun more sessions in a minute than --max-user-rate or its account allows: it should keep "
                + "connections, or raise the limit.",
        },
        new(EndReason.LimitPending, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "Too many connections had not sent their request yet (--max-pending), and this source had most of "
                + "them: check that client.",
        },
        new(EndReason.LimitWarm, EndSide.Gateway, NotClosed, Debug, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The user has as many connections waiting for a request as --max-warm lets it have, and this was the "
                + "oldest: lower the clients' ?warm=, or raise the limit.",
        },
        new(EndReason.LimitDestination, EndSide.Gateway, NotClosed, Warning, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "Every address of the target has reached --max-destination: run another gateway.",
        },
        new(EndReason.LimitMemory, EndSide.Gateway, NotClosed, Warning, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "The process is near its memory limit (--max-memory): give it more memory, or run another gateway.",
        },
        new(EndReason.LimitLookups, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "limit",
            Hint = "Too many name lookups are waiting, most of them for this client: find out what it asks for, or why "
                + "DNS is slow.",
        },
        new(EndReason.Draining, EndSide.Gateway, NotClosed, Information, GeneralFailure, 429)
        {
            Category = "draining",
            Hint = "The gateway is stopping and takes no new sessions: the client should use another gateway, or try again.",
        },

        new(EndReason.PlaintextRefused, EndSide.Gateway, NotClosed, Information, NotAllowedByRuleset, 403)
        {
            Category = "plaintext",
            Hint = "The session did not turn to TLS in its first flight, and --require-tls asks for that: turn TLS on in the "
                + "client (PostgreSQL: sslmode=require or higher) and in the server.",
        },

        // ---- could not be dialled ----
        new(EndReason.NameNotResolved, Target, NotClosed, Information, HostUnreachable, 502)
        {
            IsFailure = true,
            Hint = "The target's name does not resolve here: check its spelling.",
        },
        new(EndReason.ResolverFailed, EndSide.Gateway, NotClosed, Warning, HostUnreachable, 502)
        {
            IsFailure = true,
            Hint = "The resolver did not answer: check DNS of this machine, or --resolver.",
        },
        new(EndReason.NetworkUnreachable, Target, NotClosed, Information, NetworkUnreachable, 502)
        {
            Nearness = 3, IsFailure = true,
            Hint = "There is no route to the target: check its address, and IPv6 here.",
        },
        new(EndReason.HostUnreachable, Target, NotClosed, Information, HostUnreachable, 502)
        {
            Nearness = 4, IsFailure = true,
            Hint = "There is no route to the target: check its address, and IPv6 here.",
        },
        new(EndReason.TargetRefused, Target, Rst, Information, ConnectionRefused, 502)
        {
            Nearness = 6, IsFailure = true,
            Hint = "Nothing listens at the target's port, or its firewall rejects: check that the server runs.",
        },
        new(EndReason.ConnectTimeout, Target, NotClosed, Information, HostUnreachable, 504)
        {
            Nearness = 5, IsFailure = true,
            Hint = "The target never answered: most often a firewall or an allow-list that drops, or a wrong address.",
        },
        new(EndReason.PeerTimeout, Target, NotClosed, Information, HostUnreachable, 504)
        {
            Hint = "BIND: the peer that the client named did not call within 60 s; behind NAT it cannot.",
        },
        new(EndReason.OutOfDescriptors, EndSide.Gateway, NotClosed, Warning, GeneralFailure, 500)
        {
            Nearness = 2, IsFailure = true,
            Hint = "No file descriptor is left: raise the limit of the process (LimitNOFILE= in the unit, ulimit -n), or lower --max-sessions.",
        },
        new(EndReason.SourceAddressUnavailable, EndSide.Gateway, NotClosed, Warning, GeneralFailure, 500)
        {
            Nearness = 2, IsFailure = true,
            Hint = "No interface of this machine has the address to leave from: compare --bind and the routes with 'ip address'.",
        },
        new(EndReason.PortsExhausted, EndSide.Gateway, NotClosed, Warning, GeneralFailure, 500)
        {
            Nearness = 2, IsFailure = true,
            Hint = "Every local port towards the target is in use: pool connections, widen "
                + "net.ipv4.ip_local_port_range, or add a gateway.",
        },
        new(EndReason.BadResponse, Target, NotClosed, Information, GeneralFailure, 502),

        // ---- we ended it ----
        new(EndReason.IdleTimeout, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.HalfCloseTimeout, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500)
        {
            Hint = "One side had closed its direction and the other stayed silent: if its answer takes longer than "
                + "that, raise --half-close-timeout.",
        },
        new(EndReason.DrainIdle, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.DrainTimeout, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.RetiredLifetime, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500),
        new(EndReason.RetiredMoved, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500)
        {
            Hint = "DNS no longer has the target's address, so the session ended at a quiet moment: a new one goes to the new address.",
        },
        new(EndReason.RetiredAsked, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500)
        {
            Hint = "An operator ended the session at a quiet moment, with retire or by changing the user's password.",
        },
        new(EndReason.NowForbidden, EndSide.Gateway, NotClosed, Information, NotAllowedByRuleset, 403)
        {
            Category = RuleCategory,
            Hint = "A change of the configuration or of this machine's addresses forbids the session; the field rule names the cause.",
        },
        new(EndReason.Disconnected, EndSide.Gateway, NotClosed, Information, NotAllowedByRuleset, 403)
        {
            Hint = "An operator closed the session with disconnect.",
        },
        new(EndReason.Stopped, EndSide.Gateway, NotClosed, Information, GeneralFailure, 500) { Lingers = false },
        new(EndReason.InternalError, EndSide.Gateway, NotClosed, Error, GeneralFailure, 500) { IsFailure = true },
    ];
}
