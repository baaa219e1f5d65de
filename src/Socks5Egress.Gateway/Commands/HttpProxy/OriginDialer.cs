using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// Gets a connection for one request: one that is kept, or a new one. While it is dialed a client that resets, a deadline, and rules that forbid it
/// meanwhile end the attempt.
/// </summary>
internal sealed class OriginDialer(SessionServices stages, ISessionReport record, ILeg client)
{
    private readonly Lock _gate = new();
    private CancellationTokenSource? _dialing;
    private bool _timedOut;

    /// <summary>The connections that are kept.</summary>
    public OriginPool Pool { get; } = new();

    /// <summary>Judges where a request wants to go, and gets a connection there.</summary>
    /// <param name="granted">The grant of the request.</param>
    /// <param name="destination">Where to.</param>
    /// <returns>The connection, or why there is none.</returns>
    public async ValueTask<(OriginConnection? Origin, EndReason End)> GetAsync(GrantedRequest granted, Destination destination)
    {
        var rules = stages.Rules.Now;
        var wish = new TargetRequest(granted.Lease, destination);
        var name = stages.Connector.JudgeNames(rules, wish);
        record.Judged(new PolicyDecision(rules.Policies.For(wish.User).Name, name.Rule is null ? null : Decision.Refused, name.Rule), 0);
        if (name.Decision == NameDecision.Refused) return (null, EndReason.PolicyDenied);
        if (Pool.Take(rules, destination) is not { } kept) return await DialAsync(wish, granted.Stop);
        var grant = granted.Lease.Grant with { Address = AddressLiteral.Canonical(kept.Leg.RemoteEndPoint.Address), Source = kept.Leg.LocalEndPoint.Address };
        if (granted.Lease.Hold(grant, rules)) return (kept, EndReason.None);
        kept.Close();
        return (null, EndReason.NowForbidden);
    }

    /// <summary>The attempt that is under way has taken too long. Any thread.</summary>
    public void TimeOut()
    {
        lock (_gate)
        {
            if (_dialing is null) return;
            _timedOut = true;
            _dialing.Cancel();
        }
    }

    private async ValueTask<(OriginConnection? Origin, EndReason End)> DialAsync(TargetRequest wish, CancellationToken stop)
    {
        using var dialing = CancellationTokenSource.CreateLinkedTokenSource(stop);
        lock (_gate) (_dialing, _timedOut) = (dialing, false);
        DialResult dialled;
        try
        {
            await using (client.WatchReset(dialing)) dialled = await stages.Connector.DialAsync(wish, record, client, dialing.Token);
        }
        finally
        {
            lock (_gate) _dialing = null;
        }
        if (dialled.Leg is { } leg && !dialing.IsCancellationRequested) return (Opened(wish.Destination, leg, dialled), EndReason.None);
        if (dialled.Leg is not null) await dialled.Leg.DisposeAsync();
        dialled.Place?.Dispose();
        if (_timedOut) return (null, EndReason.ConnectTimeout);
        if (dialing.IsCancellationRequested) return (null, EndReason.ClientReset);
        return (null, dialled.End == EndReason.PolicyDenied && dialled.Judgement?.Rule == RuleNames.OwnListener ? EndReason.ForwardLoop : dialled.End);
    }

    private OriginConnection Opened(Destination destination, ILeg leg, in DialResult dialled)
    {
        leg.ExpectBulk();
        var origin = new OriginConnection(leg, dialled.Place, destination, dialled.Judgement!, record, Pool.Remove);
        Pool.Add(origin);
        return origin;
    }
}
