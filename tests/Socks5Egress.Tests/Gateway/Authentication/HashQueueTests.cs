using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Limits;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

/// <summary>One source that guesses does not take the hashes of the others: it waits behind itself, and is the one that is pushed out.</summary>
public sealed class HashQueueTests : IDisposable
{
    private const int Capacity = 8;

    private readonly ManualResetEventSlim _gate = new();
    private readonly Dictionary<ClientPrefix, int> _wrong = [];
    private readonly List<string> _order = [];
    private readonly HashQueue _queue;

    public HashQueueTests() => _queue = new HashQueue(1, Capacity, source => _wrong.GetValueOrDefault(source));

    public void Dispose() => _gate.Dispose();

    [Fact]
    public async Task A_full_queue_pushes_out_the_newest_of_the_source_that_has_most()
    {
        var guesses = Ask(1, "guess", Capacity + 1);
        var victims = Enumerable.Range(2, 3).Select(source => Ask(source, "app", 1)[0]).ToList();
        Assert.All(guesses[^3..], guess => Assert.True(guess.IsCompleted));
        _gate.Set();

        Assert.All(await Task.WhenAll(victims), result => Assert.NotNull(result));
        Assert.All(await Task.WhenAll(guesses[..^3]), result => Assert.NotNull(result));
        Assert.All(await Task.WhenAll(guesses[^3..]), result => Assert.Null(result));
        Assert.Null(await new HashQueue(0, 0, _ => 0).RunAsync(From(1), "", () => true, CancellationToken.None));
    }

    [Fact]
    public async Task Ten_times_as_many_guesses_change_nothing()
    {
        var guesses = Ask(1, "guess", 200);
        var victim = Ask(2, "app", 1)[0];
        _gate.Set();
        Assert.True(await victim);
        Assert.Equal(Capacity, (await Task.WhenAll(guesses)).Count(result => result is not null));
    }

    [Fact]
    public async Task Within_a_source_the_name_that_is_guessed_goes_before_the_others()
    {
        var guesses = Ask(1, "guessed", Capacity + 1);
        var others = Ask(1, "a", 1).Concat(Ask(1, "b", 1)).ToList();
        _gate.Set();
        Assert.All(await Task.WhenAll(others), result => Assert.NotNull(result));
        Assert.Equal(2, (await Task.WhenAll(guesses)).Count(result => result is null));
    }

    [Fact]
    public async Task Who_was_not_wrong_goes_first_and_sources_take_turns()
    {
        _wrong[From(1)] = 3;
        var all = Ask(9, "first", 1);
        all.AddRange([.. Ask(1, "guess", 3), .. Ask(2, "b", 2), .. Ask(3, "c", 1)]);
        _gate.Set();
        await Task.WhenAll(all);
        Assert.Equal(["first", "b", "c", "b", "guess", "guess", "guess"], _order);
    }

    [Fact]
    public async Task A_login_from_another_network_waits_for_no_neighbourhood()
    {
        var all = Ask(9, "first", 1);
        for (var source = 20; source < 20 + Capacity - 1; source++) all.AddRange(Ask(source, "app", 1));
        all.AddRange(Ask(IPAddress.Parse("192.0.2.1"), "app", 1, "victim"));
        _gate.Set();
        await Task.WhenAll(all);
        Assert.InRange(_order.IndexOf("victim"), 1, 2);
    }

    [Fact]
    public async Task A_login_of_another_user_waits_for_no_guesses_from_everywhere()
    {
        var all = Ask(9, "guessed", 1);
        for (byte network = 1; network < Capacity; network++) all.AddRange(Ask(new IPAddress([172, 16, network, 1]), network % 2 == 0 ? "" : "guessed", 1));
        all.AddRange(Ask(IPAddress.Parse("192.0.2.1"), "app", 1));
        _gate.Set();
        await Task.WhenAll(all);
        Assert.InRange(_order.IndexOf("app"), 1, 4);
    }

    [Fact]
    public async Task A_full_queue_pushes_out_of_the_network_that_has_most()
    {
        var all = Ask(9, "first", 1);
        for (var source = 20; source < 20 + Capacity; source++) all.AddRange(Ask(source, "guessed", 1));
        var victim = Ask(IPAddress.Parse("2001:db8::1"), "app", 1)[0];
        Assert.False(victim.IsCompleted);
        _gate.Set();
        Assert.True(await victim);
        Assert.Equal(1, (await Task.WhenAll(all)).Count(result => result is null));
    }

    [Fact]
    public async Task Who_waits_is_not_pushed_out_by_newcomers_of_other_sources()
    {
        var first = Ask(9, "first", 1);
        var waiting = Enumerable.Range(20, Capacity).Select(source => Ask(source, "app", 1)[0]).ToList();
        Assert.All(Enumerable.Range(40, 100).Select(source => Ask(source, "late", 1)[0]), late => Assert.True(late.IsCompleted));
        _gate.Set();
        Assert.All(await Task.WhenAll(waiting.Concat(first)), result => Assert.NotNull(result));
    }

    [Fact]
    public async Task Of_a_full_queue_sources_that_guess_go_before_one_that_has_more_waiting()
    {
        for (var source = 20; source < 20 + Capacity; source++) _wrong[From(source)] = 1;
        var first = Ask(9, "first", 1);
        var guesses = Enumerable.Range(20, Capacity).Select(source => Ask(source, "guess", 1)[0]).ToList();
        var victims = Ask(1, "app", 4);
        _gate.Set();
        Assert.All(await Task.WhenAll(victims.Concat(first)), result => Assert.NotNull(result));
        Assert.Equal(4, (await Task.WhenAll(guesses)).Count(result => result is null));
    }

    [Fact]
    public async Task A_source_that_has_logged_in_before_goes_before_strangers()
    {
        _queue.Trust(From(1));
        _queue.Trust(From(9));
        var all = Ask(9, "first", 1);
        all.AddRange([.. Ask(2, "stranger", 1), .. Ask(3, "stranger", 1), .. Ask(1, "known", 2)]);
        _gate.Set();
        await Task.WhenAll(all);
        Assert.Equal(["first", "known", "known", "stranger", "stranger"], _order);
    }

    [Fact]
    public async Task Who_does_not_wait_any_more_leaves_its_place()
    {
        using var gone = new CancellationTokenSource();
        var running = Ask(9, "first", 1);
        var left = _queue.RunAsync(From(1), "left", () => true, gone.Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        var others = Ask(1, "app", Capacity);
        _gate.Set();
        Assert.All(await Task.WhenAll(others.Concat(running)), result => Assert.NotNull(result));
    }

    [Fact]
    public async Task A_fault_is_told_to_who_asked_and_the_others_are_served()
    {
        _gate.Set();
        await Assert.ThrowsAsync<InvalidTimeZoneException>(() => _queue.RunAsync(From(1), "", () => throw new InvalidTimeZoneException(), CancellationToken.None));
        Assert.True(await Ask(1, "app", 1)[0]);
    }

    private static IPAddress Address(int number) => new([10, 0, 0, (byte)number]);

    private static ClientPrefix From(int number) => ClientPrefix.Of(Address(number));

    private List<Task<bool?>> Ask(int source, string name, int times) => Ask(Address(source), name, times);

    private List<Task<bool?>> Ask(IPAddress source, string name, int times, string? entry = null) =>
        [.. Enumerable.Range(0, times).Select(_ => _queue.RunAsync(ClientPrefix.Of(source), name, () =>
        {
            _gate.Wait();
            lock (_order) _order.Add(entry ?? name);
            return true;
        }, CancellationToken.None))];
}
