using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class PolicySetTests
{
    private static readonly EgressPolicy General = Policy(PolicyDefault.Public);
    private static readonly EgressPolicy Db = Policy(PolicyDefault.None, "db.example.com:5432");

    [Fact]
    public void An_account_is_judged_by_its_own_policy_and_everybody_else_by_the_general_one()
    {
        var named = new Dictionary<string, EgressPolicy> { ["db"] = Db };
        Assert.True(PolicySet.TryCreate(General, named, new Dictionary<string, string> { ["app"] = "db" }, out var set, out var errors));
        Assert.Empty(errors);
        Assert.Equal(new NamedPolicy("db", Db), set.For("app"));
        Assert.Equal(new NamedPolicy("general", General), set.For("other"));
        Assert.Same(General, set.For("App").Policy);
        Assert.Same(General, set.For(null).Policy);
    }

    [Fact]
    public void A_policy_that_does_not_exist_is_named_with_those_that_do()
    {
        var named = new Dictionary<string, EgressPolicy> { ["web"] = General, ["db"] = Db };
        var accounts = new Dictionary<string, string> { ["app"] = "dbx", ["ok"] = "db", ["job"] = "Web" };
        Assert.False(PolicySet.TryCreate(General, named, accounts, out var set, out var errors));
        Assert.Null(set);
        Assert.Equal(
            [
                "account 'app' has policy 'dbx', which does not exist: there are db, web",
                "account 'job' has policy 'Web', which does not exist: there are db, web",
            ],
            errors);
        Assert.False(PolicySet.TryCreate(General, new Dictionary<string, EgressPolicy>(), accounts, out _, out errors));
        Assert.All(errors, error => Assert.EndsWith("define it under Policies", error, StringComparison.Ordinal));
    }

    [Fact]
    public void A_machine_that_changes_changes_for_every_policy()
    {
        var named = new Dictionary<string, EgressPolicy> { ["db"] = Policy(PolicyDefault.None, "127.0.0.0/8") };
        Assert.True(PolicySet.TryCreate(
            Policy(PolicyDefault.Public, "127.0.0.0/8"), named, new Dictionary<string, string> { ["app"] = "db" }, out var set, out _));
        var moved = set.With(new LocalEndpoints([new IPEndPoint(IPAddress.Loopback, 1080)], []));
        foreach (var user in new[] { "app", null })
        {
            Assert.True(MayDial(set, user));
            Assert.False(MayDial(moved, user));
            Assert.Equal(set.For(user).Name, moved.For(user).Name);
        }
    }

    private static bool MayDial(PolicySet set, string? user)
    {
        var policy = set.For(user).Policy;
        var question = policy.JudgeName(Destination.Of(IPAddress.Loopback, 1080)).Question;
        return policy.JudgeAddress(question, IPAddress.Loopback).MayDial;
    }

    private static EgressPolicy Policy(PolicyDefault otherwise, params string[] allow) =>
        new(allow.Select(EgressPolicyTests.RuleOf), [], otherwise, PolicyMode.Enforce, LocalEndpoints.None);
}
