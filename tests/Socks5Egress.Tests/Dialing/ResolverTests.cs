using System.Net;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Dialing;
using Xunit;

namespace Socks5Egress.Tests.Dialing;

public sealed class ResolverTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _asked = [];
    private Answer _answer = new([IPAddress.Parse("192.0.2.1")], TimeSpan.FromSeconds(10), EndReason.None);

    [Theory]
    [InlineData("localhost")]
    [InlineData("db.localhost")]
    public async Task Localhost_is_this_machine_whatever_a_server_says(string name)
    {
        var answer = await New().ResolveAsync(name, TestContext.Current.CancellationToken);
        Assert.Equal(["::1", "127.0.0.1"], answer.Addresses.Select(address => address.ToString()));
        Assert.Empty(_asked);
    }

    [Fact]
    public async Task An_answer_is_used_until_its_lifetime_ends()
    {
        var resolver = New();
        await resolver.ResolveAsync("db.example.com", TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(9.9));
        await resolver.ResolveAsync("db.example.com", TestContext.Current.CancellationToken);
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromSeconds(0.2));
        await resolver.ResolveAsync("db.example.com", TestContext.Current.CancellationToken);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task A_failure_is_remembered_for_its_own_lifetime()
    {
        _answer = new Answer([], TimeSpan.FromSeconds(2), EndReason.NameNotResolved);
        var resolver = New();
        Assert.Equal(EndReason.NameNotResolved, (await resolver.ResolveAsync("nobody.example", TestContext.Current.CancellationToken)).End);
        await resolver.ResolveAsync("nobody.example", TestContext.Current.CancellationToken);
        Assert.Single(_asked);
        _time.Advance(TimeSpan.FromSeconds(3));
        await resolver.ResolveAsync("nobody.example", TestContext.Current.CancellationToken);
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public async Task Many_that_ask_at_once_share_one_look_up()
    {
        var pending = new TaskCompletionSource<Answer>();
        var resolver = new Resolver(name => { _asked.Add(name); return pending.Task; }, NoHosts(), _time);
        var waiting = Enumerable.Range(0, 50).Select(_ => resolver.ResolveAsync("db.example.com", TestContext.Current.CancellationToken).AsTask()).ToArray();
        pending.SetResult(_answer);
        Assert.All(await Task.WhenAll(waiting), answer => Assert.Single(answer.Addresses));
        Assert.Single(_asked);
    }

    [Fact]
    public async Task One_that_leaves_does_not_take_the_look_up_from_the_others()
    {
        var pending = new TaskCompletionSource<Answer>();
        var resolver = new Resolver(_ => pending.Task, NoHosts(), _time);
        using var leaving = new CancellationTokenSource();
        var left = resolver.ResolveAsync("db.example.com", leaving.Token).AsTask();
        var stays = resolver.ResolveAsync("db.example.com", TestContext.Current.CancellationToken).AsTask();
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        pending.SetResult(_answer);
        Assert.Single((await stays).Addresses);
    }

    [Fact]
    public async Task Mapped_and_scoped_addresses_come_out_canonical()
    {
        _answer = _answer with { Addresses = [IPAddress.Parse("::ffff:192.0.2.9"), IPAddress.Parse("fe80::1%3")] };
        var answer = await New().ResolveAsync("db.example.com", TestContext.Current.CancellationToken);
        Assert.Equal(["192.0.2.9", "fe80::1"], answer.Addresses.Select(address => address.ToString()));
    }

    [Fact]
    public async Task A_flood_of_names_does_not_grow_the_cache_beyond_its_bound()
    {
        var resolver = New();
        for (var i = 0; i < 20_000; i++) await resolver.ResolveAsync($"n{i}.example.com", TestContext.Current.CancellationToken);
        Assert.InRange(resolver.Cached, 1, 4096);
    }

    private Resolver New() => new(name => { _asked.Add(name); return Task.FromResult(_answer); }, NoHosts(), _time);

    private HostsFile NoHosts() => new("/nonexistent/hosts", _time);
}
