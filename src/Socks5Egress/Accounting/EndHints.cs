using Socks5Egress.Relaying;

namespace Socks5Egress.Accounting;

/// <summary>
/// What an end most often means, in words for the log: pure, from the reason and from how much flowed in which order. The bytes
/// themselves are never looked at, so behind a relayed session it is the likely cause, not the certain one; null when nothing stands out.
/// </summary>
internal static class EndHints
{
    /// <summary>PostgreSQL asks for TLS with 8 bytes, and the answer is one letter: no other protocol begins so.</summary>
    private const int PostgresAsks = 8;

    /// <summary>A server's hello with a certificate is longer than this.</summary>
    private const int ShortestCertificate = 500;

    /// <summary>A TLS alert alone has 7 bytes; with a handshake's last message before it and a close behind, this many at most.</summary>
    private const int ShortestAlert = 7, LongestAlert = 160;

    /// <summary>A TLS close has this many bytes at most.</summary>
    private const int LongestClose = 31;

    /// <summary>The shortest hello of a TLS client.</summary>
    private const int ShortestHello = 120;

    private const string BeforeLogin =
        "PostgreSQL refused it before a login: most often pg_hba.conf does not admit the egress address, that user or that database.";

    public static string? Of(EndReason end, in Flow flow) => end switch
    {
        EndReason.BadCredentials => "The client gave a user name or password that is not in the users file: mend it there or at the client.",
        EndReason.NoAcceptableMethod => "The client offered no password though users exist here: give it a user name and password.",
        EndReason.PolicyDenied => "A rule of the policy refused the target; the field rule names it, and explain says why.",
        EndReason.ClientNotAllowed => "The client's address is not among those of --clients.",
        EndReason.NameNotResolved => "The target's name does not resolve here: check its spelling.",
        EndReason.ResolverFailed => "The resolver did not answer: check DNS of this machine, or --resolver.",
        EndReason.TargetRefused => "Nothing listens at the target's port, or its firewall rejects: check that the server runs.",
        EndReason.ConnectTimeout => "The target never answered: most often a firewall or an allow-list that drops, or a wrong address.",
        EndReason.NetworkUnreachable or EndReason.HostUnreachable => "There is no route to the target: check its address, and IPv6 here.",
        EndReason.TargetReset or EndReason.TargetFin => OfTarget(flow),
        EndReason.ClientFin or EndReason.ClientReset => OfClient(flow),
        _ => null,
    };

    private static string? OfTarget(in Flow flow) => flow switch
    {
        { BytesDown: 0 } => "The target was connected, then closed before a byte: most often its allow-list does not have the egress address.",
        { Turns: 0 } => "The target spoke first and closed before the client answered: most often its allow-list, or it is full (MySQL says so in an error).",
        { UpBeforeDown: PostgresAsks, FirstDownBytes: 1, Turns: <= 4 } => BeforeLogin,
        _ => null,
    };

    private static string? OfClient(in Flow flow)
    {
        if (flow is { BytesDown: 0, BytesUp: > 0 }) return "The client left before the target's first byte: the target was silent, or another protocol was spoken.";
        // A client that is told so may be the first to close, with a TLS close behind the server's error
        if (flow is { UpBeforeDown: PostgresAsks, FirstDownBytes: 1 } and ({ Turns: 3, UpSinceDown: 0 } or { Turns: 4, UpSinceDown: <= LongestClose })) return BeforeLogin;
        var alert = flow.UpSinceDown is >= ShortestAlert and <= LongestAlert && flow.BytesDown >= ShortestCertificate;
        var begins = flow switch
        {
            { UpBeforeDown: PostgresAsks, FirstDownBytes: 1 } => 3,
            // The server speaks first: what asks it for TLS and the hello go in one turn
            { UpBeforeDown: 0 } => 2,
            { UpBeforeDown: >= ShortestHello } => 2,
            _ => 0,
        };
        return alert && flow.Turns == begins
            ? "The client ended it right behind the server's TLS hello: most often it does not accept the certificate (wrong name, or an unknown issuer)."
            : null;
    }
}
