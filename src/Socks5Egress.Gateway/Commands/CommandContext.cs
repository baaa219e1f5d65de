using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Handshake;
using Socks5Egress.Gateway.Phases;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands;

/// <summary>One session as its command sees it.</summary>
/// <param name="session">The session.</param>
internal sealed class CommandContext(ISessionControl session)
{
    public required SessionServices Services { get; init; }

    /// <summary>What the session was granted so far.</summary>
    public required Lease Lease { get; init; }

    /// <summary>The client; its bytes after the request are unread.</summary>
    public required ILeg Client { get; init; }

    /// <summary>Who the client is.</summary>
    public required ClientIdentity Identity { get; init; }

    /// <summary>Where to, as the client said it; empty where it was not asked.</summary>
    public required Destination Target { get; init; }

    /// <summary>Answers in the client's protocol.</summary>
    public required IReplyWriter Reply { get; init; }

    /// <summary>Takes the facts.</summary>
    public required ISessionReport Report { get; init; }

    /// <inheritdoc cref="ISessionControl.Stop"/>
    public CancellationToken Stop => session.Stop;

    /// <inheritdoc cref="ISessionControl.IsEnding"/>
    public bool IsEnding => session.IsEnding;

    /// <inheritdoc cref="ISessionControl.Ending"/>
    public EndReason Ending => session.Ending;

    /// <inheritdoc cref="ISessionControl.Handshake"/>
    public IHandshakeDeadline Handshake => session.Handshake;

    /// <inheritdoc cref="ISessionControl.Admit"/>
    public EndReason Admit(Destination? target) => session.Admit(target);

    /// <inheritdoc cref="ISessionControl.Enter"/>
    public void Enter(IPhase phase) => session.Enter(phase);

    /// <summary>The answers that the client has not had yet wait for the reply, within the present phase; null: there are none.</summary>
    public AnsweringPhase? EnterAnswering()
    {
        if (!AnsweringPhase.IsNeeded(Client.Output)) return null;
        var answering = new AnsweringPhase(session.Phase, Client, Services.Time, Stop);
        Enter(answering);
        return answering;
    }

    /// <inheritdoc cref="ISessionControl.CheckDeadline"/>
    public void CheckDeadline() => session.CheckDeadline();

    /// <inheritdoc cref="ISessionControl.WatchReset"/>
    public IAsyncDisposable WatchReset() => session.WatchReset();

    /// <summary>What the session has to say first: as its listener has it, where that is a forward that says so, else as its user's policy.</summary>
    public TlsRequirement TlsRequirement
    {
        get
        {
            var rules = Lease.Rules;
            return Lease.ListenerOf(rules).RequiresTls is { } own
                ? new TlsRequirement(own, rules.Policies.For(Lease.Grant.User).Policy.Tls.MatchesSni)
                : rules.Policies.For(Lease.Grant.User).Policy.Tls;
        }
    }

    /// <inheritdoc cref="ISessionControl.End"/>
    public Action<EndReason> End => session.End;

    /// <summary>From here on the session can be retired, until the result is disposed; null: sessions are not retired here.</summary>
    /// <param name="target">The target.</param>
    public RetiringRelay? EnterRetiring(ILeg target) => EnterRetiring(target, Lease);

    /// <summary>From here on bytes are carried between the client and this target, and the session can be retired.</summary>
    /// <param name="target">The target.</param>
    /// <param name="place">Given up when it is closed.</param>
    /// <param name="choice">Given up when it is closed.</param>
    /// <param name="retiring">Its place among the sessions that can be retired, if it has one by now.</param>
    /// <returns>What the command returns.</returns>
    public CommandEnd Relay(ILeg target, IDisposable? place, IDisposable? choice, RetiringRelay? retiring)
    {
        BeginRelay(target, Lease);
        return CommandEnd.Relay(new ReachedTarget(target, place, choice, retiring ?? EnterRetiring(target, Lease)));
    }

    /// <summary>Relays within the command, for a grant within the session.</summary>
    /// <param name="target">The target; the caller closes it.</param>
    /// <param name="lease">What the relay was granted.</param>
    /// <param name="stop">Resets both sides.</param>
    public async ValueTask<RelayOutcome> RelayAsync(ILeg target, Lease lease, CancellationToken stop)
    {
        BeginRelay(target, lease);
        using var retiring = EnterRetiring(target, lease);
        return await Relaying.Relay.RunAsync(Client, target, Report.Traffic, Services.Time, stop);
    }

    private void BeginRelay(ILeg target, Lease lease)
    {
        Enter(new RelayPhase(Client, target, Services.RelayClock, Report.Traffic, Services.Time));
        lease.Hold(lease.Grant with { IsRelayed = true }, lease.Rules);
    }

    private RetiringRelay? EnterRetiring(ILeg target, Lease lease)
    {
        var asked = Target is { Name: null, Address: null } ? (Destination?)null : Target;
        return Services.Retiring is { } all ? all.Enter(new RetiringRelay(all, lease, asked, Client, target, Report.Traffic, End)) : null;
    }
}
