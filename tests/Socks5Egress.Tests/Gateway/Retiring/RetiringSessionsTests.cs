using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Retiring;

/// <summary>The sweep: who is due is found in time, and who is not costs next to nothing.</summary>
public sealed class RetiringSessionsTests : IDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private readonly FakeTimeProvider _time = new();
    private readonly CurrentSnapshot _rules = new(Rules(TimeSpan.Zero));
    private readonly RetiringSessions _all;

    public RetiringSessionsTests()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _all = new RetiringSessions(_rules, new Supervisor(_time));
        _time.Advance(Tick);
    }

    public void Dispose() => _all.Dispose();

    [Fact]
    public void One_that_is_not_due_is_seldom_looked_at()
    {
        var session = _all.Enter(new Idle(_all));
        var before = session.Looks;
        for (var i = 0; i < 160; i++) _time.Advance(Tick);
        Assert.InRange(session.Looks - before, 1, 12);
        Assert.Equal(EndReason.None, session.Ended);
    }

    [Fact]
    public void One_that_an_operator_asks_for_ends_at_once()
    {
        var session = _all.Enter(new Idle(_all));
        _time.Advance(Tick);
        Assert.Single(_all.Ask(new RetireRequest(null, TimeSpan.Zero, Now: true)));
        _time.Advance(Tick);
        Assert.Equal(EndReason.RetiredAsked, session.Ended);
    }

    [Theory, InlineData(0.5), InlineData(3), InlineData(5), InlineData(21)]
    public void One_ends_as_soon_as_it_is_too_old(double seconds)
    {
        _rules.Change(_ => Rules(TimeSpan.FromSeconds(seconds)));
        // It enters between two looks at all
        for (var i = 0; i < 7; i++) _time.Advance(Tick);
        var session = _all.Enter(new Idle(_all));
        for (var gone = Tick; gone < TimeSpan.FromSeconds(seconds); gone += Tick) _time.Advance(Tick);
        Assert.Equal(EndReason.None, session.Ended);
        _time.Advance(Tick);
        Assert.Equal(EndReason.RetiredLifetime, session.Ended);
    }

    [Fact]
    public void New_rules_hold_at_once()
    {
        var session = _all.Enter(new Idle(_all));
        for (var i = 0; i < 6; i++) _time.Advance(Tick);
        _rules.Change(_ => Rules(TimeSpan.FromSeconds(1)));
        _time.Advance(Tick);
        Assert.Equal(EndReason.RetiredLifetime, session.Ended);
    }

    private static ConfigSnapshot Rules(TimeSpan lifetime) => new()
    {
        Policies = new PolicySet(new EgressPolicy([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None)),
        WayOut = new EgressRoute(AddressFamilyPreference.Auto, default),
        Listeners = [ListenerPolicy.Closed],
        Terms = new SessionTerms { Lifetime = lifetime, Jitter = 0 },
    };

    private sealed class Idle(RetiringSessions all) : RetiringSession(all, all.Time.GetTimestamp())
    {
        private readonly Grant _grant = new(0);

        public int Looks { get; private set; }

        public EndReason Ended { get; private set; }

        public override Grant Grant
        {
            get
            {
                Looks++;
                return _grant;
            }
        }

        public override Destination? Asked => null;

        public override bool IsQuiet(TimeSpan quiet, long now) => true;

        protected override void End(EndReason reason, TimeSpan? quiet)
        {
            Ended = reason;
            Dispose();
        }
    }
}
