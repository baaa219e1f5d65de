using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class ResolverTests
{
    private static readonly LookupKey IPv4 = new("db.example.com", AddressFamily.InterNetwork), IPv6 = new("db.example.com", AddressFamily.InterNetworkV6);
    private readonly FakeTimeProvider _time = new();
    private ResolveResult _answer = new([IPAddress.Parse("192.0.2.1")], TimeSpan.FromSeconds(10), EndReason.None);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("localhost")]
    [InlineData("db.localhost")]
    public async Task Localhost_is_this_machine_whatever_a_server_says(string name)
    {
        var lookups = Scripted();
        var answer = await ScriptedLookups.Resolver(lookups, _time).ResolveAsync(ScriptedLookups.Request(name), Token);
        Assert.Equal(["::1", "127.0.0.1"], answer.Addresses.Select(address => address.ToString()));
        Assert.Empty(lookups.Asked);
    }

    [Fact]
    public async Task An_answer_is_used_until_its_lifetime_ends()
    {
        var lookups = Scripted();
        var resolver = ScriptedLookups.Resolver(lookups, _time);
        await AskAsync(resolver);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        await AskAsync(resolver);
        Assert.Single(lookups.Asked);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await AskAsync(resolver);
        Assert.Equal(2, lookups.Asked.Count);
    }

    [Theory]
    [InlineData(EndReason.NameNotResolved)]
    [InlineData(EndReason.ResolverFailed)]
    public async Task A_failure_is_remembered_for_its_own_lifetime(EndReason reason)
    {
        _answer = new ResolveResult([], TimeSpan.FromSeconds(2), reason);
        var lookups = Scripted();
        var resolver = ScriptedLookups.Resolver(lookups, _time);
        Assert.Equal(reason, (await AskAsync(resolver)).End);
        await AskAsync(resolver);
        Assert.Single(lookups.Asked);
        _time.Advance(TimeSpan.FromSeconds(3));
        await AskAsync(resolver);
        Assert.Equal(2, lookups.Asked.Count);
    }

    [Fact]
    public async Task Many_that_ask_at_once_share_one_lookup()
    {
        var lookups = Later();
        var resolver = ScriptedLookups.Resolver(lookups, _time);
        var waiting = Enumerable.Range(0, 50).Select(_ => AskAsync(resolver)).ToArray();
        lookups.Answer(IPv4, _answer);
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Single(answer.Addresses));
        Assert.Single(lookups.Asked);
    }

    [Fact]
    public async Task One_that_leaves_does_not_take_the_lookup_from_the_others()
    {
        var lookups = Later();
        var resolver = ScriptedLookups.Resolver(lookups, _time);
        using var leaving = new CancellationTokenSource();
        var left = resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4), leaving.Token).AsTask();
        var stays = AskAsync(resolver);
        await leaving.CancelAsync();
        Assert.Equal(EndReason.ConnectTimeout, (await left).End);
        Assert.Empty(lookups.Cancelled);
        lookups.Answer(IPv4, _answer);
        Assert.Single((await stays).Addresses);
    }

    [Fact]
    public async Task A_lookup_that_nobody_waits_for_is_given_up_and_asked_anew_by_the_next()
    {
        var lookups = Later();
        var resolver = ScriptedLookups.Resolver(lookups, _time, places: 1);
        using var leaving = new CancellationTokenSource();
        var left = resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4), leaving.Token).AsTask();
        await leaving.CancelAsync();
        await left;
        Assert.Equal([IPv4], lookups.Cancelled);
        var next = AskAsync(resolver);
        Assert.Equal(2, lookups.Asked.Count);
        lookups.Answer(IPv4, _answer);
        Assert.Single((await next).Addresses);
    }

    [Fact]
    public async Task A_lookup_that_cannot_be_given_up_keeps_its_place_and_its_answer_is_kept()
    {
        var lookups = new ScriptedLookups { Answers = static _ => null, CanCancel = false };
        var resolver = ScriptedLookups.Resolver(lookups, _time, places: 1);
        using var leaving = new CancellationTokenSource();
        var left = resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4), leaving.Token).AsTask();
        await leaving.CancelAsync();
        await left;
        var other = resolver.ResolveAsync(ScriptedLookups.Request("other.example.com", Families.IPv4), Token).AsTask();
        Assert.Single(lookups.Asked);
        lookups.Answer(IPv4, _answer);
        Assert.Single((await AskAsync(resolver)).Addresses);
        lookups.Answer(new LookupKey("other.example.com", AddressFamily.InterNetwork), _answer);
        Assert.Single((await other).Addresses);
    }

    [Fact]
    public async Task Mapped_and_scoped_addresses_come_out_canonical()
    {
        _answer = _answer with { Addresses = [IPAddress.Parse("::ffff:192.0.2.9"), IPAddress.Parse("fe80::1%3")] };
        var answer = await AskAsync(ScriptedLookups.Resolver(Scripted(), _time));
        Assert.Equal(["192.0.2.9", "fe80::1"], answer.Addresses.Select(address => address.ToString()));
    }

    [Fact]
    public async Task A_flood_of_names_does_not_grow_the_cache_beyond_its_bound()
    {
        var resolver = ScriptedLookups.Resolver(Scripted(), _time);
        for (var i = 0; i < 20_000; i++) await resolver.ResolveAsync(ScriptedLookups.Request($"n{i}.example.com", Families.IPv4), Token);
        Assert.InRange(resolver.Cached, 1, Resolver.MaxCached);
    }

    [Fact]
    public async Task A_flood_of_names_takes_nothing_from_another_client_s_answers()
    {
        var lookups = Scripted();
        var resolver = ScriptedLookups.Resolver(lookups, _time);
        await AskAsync(resolver);
        var flood = 2 * Resolver.MaxCached;
        for (var i = 0; i < flood; i++) await resolver.ResolveAsync(ScriptedLookups.Request($"n{i}.example.com", Families.IPv4, source: 2), Token);
        await AskAsync(resolver);
        Assert.Equal(1 + flood, lookups.Asked.Count);
        Assert.Equal(Resolver.MaxCached, resolver.Cached);
        // Of his own names, the flooder keeps those that he used last
        await resolver.ResolveAsync(ScriptedLookups.Request($"n{flood - 1}.example.com", Families.IPv4, source: 2), Token);
        Assert.Equal(1 + flood, lookups.Asked.Count);
    }

    [Theory]
    [InlineData(AddressFamily.InterNetwork)]
    [InlineData(AddressFamily.InterNetworkV6)]
    public async Task A_family_that_is_not_dialed_is_not_asked_for(AddressFamily asked)
    {
        var families = asked == AddressFamily.InterNetwork ? Families.IPv4 : Families.IPv6;
        var lookups = Scripted();
        await ScriptedLookups.Resolver(lookups, _time).ResolveAsync(ScriptedLookups.Request("db.example.com", families), Token);
        Assert.Equal(asked, Assert.Single(lookups.Asked).Family);
    }

    [Fact]
    public async Task Who_has_most_lookups_waiting_is_refused_when_there_is_no_more_room()
    {
        var lookups = Later();
        var resolver = ScriptedLookups.Resolver(lookups, _time, places: 3, most: 4);
        var many = Enumerable.Range(0, 7).Select(i => resolver.ResolveAsync(ScriptedLookups.Request($"n{i}.example.com", Families.IPv4), Token).AsTask()).ToArray();
        var other = resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4, source: 2), Token).AsTask();
        Assert.Equal([EndReason.LimitLookups], many.Where(each => each.IsCompleted).Select(each => each.Result.End).Distinct());
        lookups.Answer(IPv4, _answer);
        Assert.Equal(EndReason.None, (await other).End);
    }

    [Fact]
    public void A_name_does_not_wait_behind_another_clients_names()
    {
        var lookups = Later();
        var resolver = ScriptedLookups.Resolver(lookups, _time, places: 6);
        // The last of many that wait for the one client
        for (var i = 0; i < 20; i++) resolver.Begin(ScriptedLookups.Request($"n{i}.example.com", Families.IPv4));
        resolver.Begin(ScriptedLookups.Request("db.example.com", Families.IPv4));
        Assert.DoesNotContain(IPv4, lookups.Asked);
        resolver.Begin(ScriptedLookups.Request("db.example.com", Families.IPv4, source: 2));
        Assert.Contains(IPv4, lookups.Asked);
        Assert.DoesNotContain(IPv6, lookups.Asked);
    }

    private Task<ResolveResult> AskAsync(Resolver resolver) =>
        resolver.ResolveAsync(ScriptedLookups.Request("db.example.com", Families.IPv4), Token).AsTask();

    private ScriptedLookups Scripted() => new() { Answers = _ => _answer };

    private static ScriptedLookups Later() => new() { Answers = static _ => null };
}
