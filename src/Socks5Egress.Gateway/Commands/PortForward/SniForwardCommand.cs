using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands.FirstFlight;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.FirstFlight;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>
/// A listener whose clients say by the name in their ClientHello where they want to go: answer the question for TLS, read the name, judge and dial it, ask
/// the target for TLS, then relay from the hello on. There is no key here: what the two agree on is theirs.
/// </summary>
/// <param name="names">Which names lead where.</param>
/// <param name="targets">Counts what each pattern has, and knows the forward's options.</param>
internal sealed class SniForwardCommand(SniNames names, TargetPool targets) : ICommand
{
    public string Name => "connect";

    public string Protocol => "forward";

    /// <summary>The target is known with the hello.</summary>
    public bool AdmitsItself => true;

    public async ValueTask<CommandEnd> RunAsync(CommandContext context)
    {
        context.Report.FirstFlight(FirstFlightFacts.None);
        var opening = new SniOpening(context);
        if (await opening.ReadAsync() is { } ended) return ended;
        context.Report.FirstFlight(opening.Facts);
        var at = names.Find(opening.Hello.Sni, out var target);
        if (at < 0) return await UnknownAsync(context, opening);
        context.Report.Asked(target);
        if (context.Admit(target) is var refused and not EndReason.None) return await opening.RefuseAsync(refused, TlsAlert.InternalError);
        targets.Enter(at);
        try
        {
            return await ServeAsync(context, opening, target, at);
        }
        finally
        {
            targets.Leave(at);
        }
    }

    private static ValueTask<CommandEnd> UnknownAsync(CommandContext context, SniOpening opening)
    {
        if (opening.Hello.Sni is { } name) context.Report.Asked(Destination.Of(name, (ushort)context.Client.LocalEndPoint.Port));
        context.Report.Judged(new PolicyDecision(context.Lease.Rules.Policies.For(context.Lease.Grant.User).Name, Decision.Refused, RuleNames.Sni), 0);
        return opening.RefuseAsync(EndReason.PolicyDenied, TlsAlert.UnrecognizedName);
    }

    private async ValueTask<CommandEnd> ServeAsync(CommandContext context, SniOpening opening, Destination target, int at)
    {
        var dialled = await DialAsync(context, target);
        // A connection that comes after its deadline is none, though no sweep has judged the deadline yet
        context.CheckDeadline();
        if (dialled.Leg is not { } leg)
        {
            if (dialled.End.Side() == "target") targets.Failed(at, dialled.End.ToKebab());
            return await opening.RefuseAsync(dialled.End, dialled.End is EndReason.PolicyDenied or EndReason.NowForbidden ? TlsAlert.AccessDenied : TlsAlert.InternalError);
        }
        using (dialled.Place)
        await using (leg)
        {
            targets.Reached(at);
            context.Client.KeepAlive(targets.Options.KeepAlive);
            leg.KeepAlive(targets.Options.KeepAlive);
            var end = await ProxyProtocolSender.SendAsync(leg, targets.Options.SendProxy, context.Identity, context.Stop)
                ? await opening.AskAsync(leg)
                : EndReason.TargetReset;
            if (context.IsEnding) end = EndReason.InternalError;
            if (end != EndReason.None) return await opening.RefuseAsync(end, TlsAlert.InternalError);
            opening.WatchAnswer();
            return CommandEnd.Done((await context.RelayAsync(leg, context.Lease, context.Stop)).Reason());
        }
    }

    private static async ValueTask<DialResult> DialAsync(CommandContext context, Destination target)
    {
        await using var watch = context.WatchReset();
        return await context.Services.Connector.DialAsync(new TargetRequest(context.Lease, target), context.Report, context.Client, context.Stop);
    }
}
