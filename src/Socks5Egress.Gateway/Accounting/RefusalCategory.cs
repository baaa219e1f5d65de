namespace Socks5Egress.Gateway.Accounting;

/// <summary>What refused a session, in few words: a metric must not have a series for every rule that somebody writes.</summary>
internal static class RefusalCategory
{
    /// <returns>Null when it was not refused.</returns>
    public static string? Of(EndReason end, string? rule) => end switch
    {
        EndReason.PolicyDenied or EndReason.NowForbidden => rule is null ? "policy" : rule.StartsWith("deny:", StringComparison.Ordinal) ? "deny" : rule,
        EndReason.ClientNotAllowed => "clients",
        EndReason.BadCredentials or EndReason.NoAcceptableMethod or EndReason.CredentialsBusy => "credentials",
        EndReason.ProtocolDisabled or EndReason.CommandNotSupported or EndReason.AddressTypeNotSupported => "protocol",
        EndReason.LimitSessions or EndReason.LimitUserSessions or EndReason.LimitSourceSessions or EndReason.LimitRate or EndReason.LimitPending
            or EndReason.LimitDestination or EndReason.LimitMemory or EndReason.LimitLookups => "limit",
        EndReason.Draining => "draining",
        _ => null,
    };
}
