namespace Socks5Egress.Fly.Toml;

/// <summary>
/// What in a fly.toml would publish the proxy, cut its sessions or lose its addresses. Pure: no network, no clock.
/// The facts behind each rule are Fly.io's documentation and flyctl's source; see the README of Fly.
/// </summary>
internal static class FlyTomlAudit
{
    private static readonly TimeSpan LongestKill = TimeSpan.FromSeconds(300);

    /// <summary>Every finding, in the order of the lines.</summary>
    public static IReadOnlyList<TomlFinding> Audit(TomlNode file)
    {
        List<TomlFinding> found =
        [
            .. Exposure(file)
                .Concat(Stopping(file)).Concat(Deploying(file)).Concat(ServiceAudit.Audit(file)).Concat(UnitAudit.Audit(file))
                .Concat(EnvironmentAudit.Audit(file)).Concat(MetricsAudit.Audit(file)),
        ];
        return [.. found.Concat(EnvironmentLoad.Audit(file, found)).OrderBy(finding => finding.Line)];
    }

    private static IEnumerable<TomlFinding> Exposure(TomlNode file)
    {
        if (file["http_service"] is { } http)
            yield return new(Severity.Critical, http.Path, http.Line,
                "a first deploy gives the app public addresses without asking, and what answers there is a proxy: remove the table");
        if (file["services"] is not { } services) yield break;

        // Who requires a PROXY header means Flycast: nobody else can be served then
        yield return file["env.SOCKS5EGRESS_ProxyProtocol"]?.Text == "required"
            ? new(Severity.Note, services.Path, services.Line,
                "deploy with --flycast only: without it, a first deploy may give the app public addresses; `egress audit` shows whether it has any")
            : new(Severity.Critical, services.Path, services.Line,
                "a first deploy may give the app public addresses, and what answers there is a proxy: remove the table, or, for Flycast, " +
                "set SOCKS5EGRESS_ProxyProtocol = \"required\" in [env] and deploy with --flycast");
    }

    private static IEnumerable<TomlFinding> Stopping(TomlNode file)
    {
        var signal = file["kill_signal"];
        if (signal is null)
            yield return new(Severity.Warning, "kill_signal", 1, "is missing, and the documentation contradicts itself on the default: write kill_signal = \"SIGTERM\"");
        else if (signal.Text is not ("SIGTERM" or "SIGINT"))
            yield return new(Severity.Warning, signal.Path, signal.Line, "is " + signal.Text + ", which does not drain the sessions: write \"SIGTERM\"");

        var timeout = file["kill_timeout"];
        if (timeout is null)
        {
            yield return new(Severity.Warning, "kill_timeout", 1, "is missing: every session is cut after 5 s; write kill_timeout = \"300s\"");
            yield break;
        }

        // A bare number here is seconds, unlike in checks
        if (!GoDuration.TryParse(timeout.Kind == TomlKind.Integer ? timeout.Text + "s" : timeout.Text, out var given))
        {
            yield return new(Severity.Warning, timeout.Path, timeout.Line, "is no duration: write \"300s\"");
            yield break;
        }

        if (timeout.Kind == TomlKind.Integer)
            yield return new(Severity.Warning, timeout.Path, timeout.Line, "has no unit: seconds here, but milliseconds in checks; write \"" + timeout.Text + "s\"");
        if (given > LongestKill)
            yield return new(Severity.Warning, timeout.Path, timeout.Line, "is longer than 300 s, which is all that Fly.io waits: write \"300s\"");
        if (EnvironmentAudit.Drain(file) is var (drain, key) && drain >= given)
            yield return new(Severity.Warning, key.Path, key.Line,
                $"draining takes up to {drain.TotalSeconds:0.#} s with its delay, but the Machine is killed after {given.TotalSeconds:0.#} s " +
                $"(kill_timeout, line {timeout.Line}): make it shorter than that");
    }

    private static IEnumerable<TomlFinding> Deploying(TomlNode file)
    {
        var strategy = file["deploy.strategy"];
        if (strategy?.Text is "bluegreen")
            yield return new(Severity.Warning, strategy.Path, strategy.Line,
                "bluegreen replaces every Machine: machine-scoped addresses are lost, and only 32 Machines fit an address; write \"rolling\"");
        if (strategy?.Text is "immediate")
            yield return new(Severity.Warning, strategy.Path, strategy.Line, "immediate stops all Machines at once and waits for no check: write \"rolling\"");
        if (strategy?.Text is "canary")
            yield return new(Severity.Note, strategy.Path, strategy.Line, "a canary is a new Machine, which may leave from a wrong address for minutes: \"rolling\" avoids it");

        var wait = file["deploy.wait_timeout"];
        if (file["env.SOCKS5EGRESS_Identity__Mode"]?.Text is not ("gate" or "strict")) yield break;
        if (wait is null)
            yield return new(Severity.Warning, "deploy.wait_timeout", file["deploy"]?.Line ?? 1,
                "is missing: a deploy gives up after 5 minutes, but a new Machine may take 10 until it leaves from its address; write \"15m\"");
        else if (GoDuration.TryParse(wait.Text, out var given) && wait.Kind == TomlKind.Text && given < TimeSpan.FromMinutes(10))
            yield return new(Severity.Warning, wait.Path, wait.Line, "is shorter than the 10 minutes that a new Machine may take until it leaves from its address: write \"15m\"");
    }
}
