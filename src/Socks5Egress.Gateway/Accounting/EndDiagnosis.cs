using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>
/// What an end most often means, in words for the log: pure, from the reason and from how much flowed in which order. The bytes
/// themselves are never looked at, so behind a relayed session it is the likely cause, not the certain one; null when nothing stands out.
/// </summary>
internal static class EndDiagnosis
{
    /// <summary>A server's hello with a certificate is longer than this.</summary>
    private const int ShortestCertificate = 500;

    /// <summary>A TLS alert alone has 7 bytes; with the client's last message of the handshake before it and a close behind, this many at most.</summary>
    private const int ShortestAlert = 7, LongestAlert = 128;

    /// <summary>A server's answer to that: a close of its own, or the tickets that were on their way.</summary>
    private const int LongestClose = 40, LongestTickets = 600;

    /// <summary>The shortest hello of a TLS client, and what is longer than a server's wish for another hello (HelloRetryRequest).</summary>
    private const int ShortestHello = 120, LongestRetry = 200;

    /// <summary>An error of PostgreSQL under TLS; a request for a password is shorter, the parameters of a session are longer.</summary>
    private const int ShortestError = 100, LongestError = 400;

    private const string BeforeLogin =
        "PostgreSQL refused the connection before the login: most often pg_hba.conf does not admit the egress address, that user or that database.";

    private const string Certificate =
        "The client closed right after the server's TLS handshake message: most often it does not accept the certificate (wrong name, or an unknown issuer).";

    private const string NoPassword =
        "The client offered no password, but this gateway has users: give the client a user name and password.";

    private const string NoUsers =
        "The client insists on a login, but this gateway has no users: remove the user name and password from the client, or start the gateway with --users.";

    /// <summary>What is wrong with a token; null when none was.</summary>
    public static string? OfToken(EndReason end, JwtFault token) => end == EndReason.BadToken && token != JwtFault.None ? JwtFaults.Sentence(token) : null;

    /// <param name="end">Why it ended.</param>
    /// <param name="flow">How much flowed in which order.</param>
    /// <param name="wantsLogin">The listener has users.</param>
    public static string? Of(EndReason end, in TrafficShape flow, bool wantsLogin = true) => end switch
    {
        EndReason.NoAcceptableMethod => wantsLogin ? NoPassword : NoUsers,
        EndReason.TargetReset or EndReason.TargetFin => OfTarget(flow),
        EndReason.ClientFin or EndReason.ClientReset => OfClient(flow),
        var other => EndTable.Of(other).Hint,
    };

    /// <summary>What to write so that a refused target is let through, by the rule that refused it; null where nothing opens it.</summary>
    public static string? Opening(string? rule, string? target) => (rule, target) switch
    {
        (null, _) or (_, null) => null,
        _ when rule.StartsWith("deny:", StringComparison.Ordinal) => $"The rule --deny {rule["deny:".Length..]} must be removed.",
        _ when rule is RuleNames.PortSmtp || rule.StartsWith(RuleNames.Default, StringComparison.Ordinal) => $"--allow {target} opens it, or the same in Allow of the user's policy.",
        _ => null,
    };

    private static string? OfTarget(in TrafficShape flow) => flow switch
    {
        { BytesDown: 0 } => "The target was connected, then closed before a byte: most often its allow-list does not have the egress address.",
        { Turns: 0 } => "The target spoke first and closed before the client answered: most often its allow-list, or it is full (MySQL says so in an error).",
        _ when IsPostgres(flow) => OfPostgres(flow),
        _ => null,
    };

    private static string? OfClient(in TrafficShape flow) => flow switch
    {
        { BytesDown: 0, BytesUp: > 0 } => "The client left before the target's first byte: the target was silent, or another protocol was spoken.",
        _ when IsPostgres(flow) => OfPostgres(flow),
        _ when RefusesCertificate(flow) => Certificate,
        _ => null,
    };

    /// <summary>PostgreSQL asks for TLS with 8 bytes, and the answer is one letter: no other protocol begins so.</summary>
    private static bool IsPostgres(in TrafficShape flow) => flow is { UpBeforeDown: 8, FirstDownBytes: 1 };

    /// <summary>A session has SSLRequest, one hello or two, the end of the handshake with the name of the user, and then a login.</summary>
    private static string? OfPostgres(in TrafficShape flow) => flow switch
    {
        { Turns: 3 or 4, LastTurn: >= ShortestAlert and <= LongestAlert, DownBefore: >= ShortestCertificate, DownSince: <= LongestClose } => Certificate,
        { Turns: 2 or 3 or 4, DownSince: >= ShortestError and <= LongestError } => BeforeLogin,
        // The client has read the refusal, and closes TLS in a turn of its own
        { Turns: 3 or 4 or 5, LastTurn: 24 or 31, DownBefore: >= ShortestError and <= LongestError } => BeforeLogin,
        _ => null,
    };

    /// <summary>The client's words end with the handshake: nothing of the application was ever said.</summary>
    private static bool RefusesCertificate(in TrafficShape flow) =>
        flow is { LastTurn: >= ShortestAlert and <= LongestAlert, DownBefore: >= ShortestCertificate } && flow switch
        {
            // The server speaks first: what asks it for TLS and the hello go in one turn
            { UpBeforeDown: 0 } => flow is { Turns: 2, DownSince: <= LongestClose },
            { UpBeforeDown: >= ShortestHello } => flow.Turns == (flow.FirstDownBytes <= LongestRetry ? 3 : 2) && flow.DownSince <= LongestTickets,
            _ => false,
        };
}
