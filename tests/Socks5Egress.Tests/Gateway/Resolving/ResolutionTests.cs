using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Time.Testing;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class ResolutionTests
{
    private static readonly LookupKey IPv4 = new("db.example.com", AddressFamily.InterNetwork), IPv6 = new("db.example.com", AddressFamily.InterNetworkV6);
    private static readonly ResolveResult Four = Found("192.0.2.1"), Six = Found("2001:db8::1"), Nothing = new([], TimeSpan.FromSeconds(2), EndReason.NameNotResolved);
    private readonly FakeTimeProvider _time = new();
    private readonly ScriptedLookups _lookups = new() { Answers = static _ => null };

    [Fact]
    public async Task The_preferred_family_is_told_at_once_and_the_other_one_when_it_comes()
    {
        using var resolution = Begin();
        _lookups.Answer(IPv6, Six);
        Assert.Equal("2001:db8::1", await FirstAsync(resolution));
        Assert.True(resolution.HasLate);
        var late = resolution.LateAsync(CancellationToken.None).AsTask();
        Assert.False(late.IsCompleted);
        _lookups.Answer(IPv4, Four);
        Assert.Equal("192.0.2.1", Text(await late));
    }

    [Fact]
    public async Task The_other_family_is_told_after_50_ms()
    {
        using var resolution = Begin();
        var first = resolution.FirstAsync(CancellationToken.None).AsTask();
        _lookups.Answer(IPv4, Four);
        _time.Advance(TimeSpan.FromMilliseconds(49));
        Assert.False(first.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal("192.0.2.1", Text(await first));
        Assert.True(resolution.HasLate);
    }

    [Fact]
    public async Task The_preferred_family_that_comes_within_50_ms_goes_first()
    {
        using var resolution = Begin();
        var first = resolution.FirstAsync(CancellationToken.None).AsTask();
        _lookups.Answer(IPv4, Four);
        _time.Advance(TimeSpan.FromMilliseconds(30));
        _lookups.Answer(IPv6, Six);
        Assert.Equal("2001:db8::1 192.0.2.1", Text(await first));
        Assert.False(resolution.HasLate);
    }

    [Fact]
    public async Task A_family_that_was_waited_for_once_is_not_waited_for_again()
    {
        using var before = Begin();
        _lookups.Answer(IPv4, Four);
        _time.Advance(TimeSpan.FromMilliseconds(60));
        Assert.Equal("192.0.2.1", await FirstAsync(before));
        using var next = Begin();
        Assert.Equal("192.0.2.1", await FirstAsync(next));
    }

    [Fact]
    public async Task A_family_that_was_waited_for_in_vain_is_not_waited_for_for_a_while()
    {
        await WaitInVainAsync();
        _time.Advance(TimeSpan.FromSeconds(29));
        using (var next = Begin())
        {
            _lookups.Answer(IPv4, Four);
            Assert.Equal("192.0.2.1", await FirstAsync(next));
            // It is asked for all the same
            _lookups.Answer(IPv6, Six with { Lifetime = TimeSpan.Zero });
            Assert.Equal("2001:db8::1", Text(await next.LateAsync(CancellationToken.None)));
        }
        _time.Advance(TimeSpan.FromSeconds(11));
        await WaitInVainAsync();

        async Task WaitInVainAsync()
        {
            using var resolution = Begin();
            var first = resolution.FirstAsync(CancellationToken.None).AsTask();
            _lookups.Answer(IPv4, Four with { Lifetime = TimeSpan.FromSeconds(1) });
            Assert.False(first.IsCompleted);
            _time.Advance(TimeSpan.FromMilliseconds(50));
            Assert.Equal("192.0.2.1", Text(await first));
        }
    }

    [Fact]
    public async Task A_family_without_an_address_is_no_reason_to_hurry()
    {
        using var resolution = Begin();
        var first = resolution.FirstAsync(CancellationToken.None).AsTask();
        _lookups.Answer(IPv6, Nothing);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(first.IsCompleted);
        _lookups.Answer(IPv4, Four);
        Assert.Equal("192.0.2.1", Text(await first));
    }

    [Fact]
    public async Task A_server_that_failed_about_one_family_leaves_it_open_whether_the_name_exists()
    {
        using var resolution = Begin();
        _lookups.Answer(IPv6, ResolveResult.Of(EndReason.ResolverFailed));
        _lookups.Answer(IPv4, Nothing);
        Assert.Equal(EndReason.ResolverFailed, (await resolution.FirstAsync(CancellationToken.None)).End);
    }

    [Fact]
    public async Task Whoever_goes_on_with_one_family_leaves_the_other_lookup()
    {
        var resolution = Begin();
        _lookups.Answer(IPv6, Six);
        await FirstAsync(resolution);
        resolution.Dispose();
        Assert.Equal([IPv4], _lookups.Cancelled);
        Assert.False(resolution.HasLate);
    }

    private Resolver? _resolver;

    private Resolution Begin() =>
        (_resolver ??= ScriptedLookups.Resolver(_lookups, _time)).Begin(ScriptedLookups.Request("db.example.com"));

    private static async Task<string> FirstAsync(Resolution resolution)
    {
        var first = resolution.FirstAsync(CancellationToken.None).AsTask();
        Assert.True(first.IsCompleted);
        return Text(await first);
    }

    private static ResolveResult Found(string address) => new([IPAddress.Parse(address)], TimeSpan.FromSeconds(10), EndReason.None);

    private static string Text(ResolveResult answer) => string.Join(' ', answer.Addresses);
}
