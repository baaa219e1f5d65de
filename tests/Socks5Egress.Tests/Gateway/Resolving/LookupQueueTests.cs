using System.Net.Sockets;
using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class LookupQueueTests
{
    private static readonly LookupLane Nowhere = new(new ScriptedLookups(), new LookupQueue(1, 1));
    private int _count;

    [Fact]
    public void One_client_has_two_thirds_of_the_places_and_leaves_the_rest()
    {
        var queue = new LookupQueue(90, 1000);
        Fill(queue, Client(1), 400);
        Assert.Equal(60, Take(queue).Count);
        Fill(queue, Client(2), 400);
        Assert.InRange(Take(queue).Count, 15, 30);
        Fill(queue, Client(3), 1);
        Assert.Single(Take(queue));
    }

    [Fact]
    public void Whoever_has_fewer_places_goes_first()
    {
        var queue = new LookupQueue(6, 1000);
        Fill(queue, Client(1), 10);
        var running = Take(queue);
        var next = Fill(queue, Client(2), 1);
        Assert.Equal(next, Take(queue));
        queue.Leave(running[0]);
        var third = Fill(queue, Client(3), 1);
        Assert.Equal(third[0], Take(queue)[0]);
    }

    [Fact]
    public void A_user_is_one_client_wherever_he_comes_from_and_a_source_whoever_logs_in_there()
    {
        var queue = new LookupQueue(9, 1000);
        for (var source = 1; source <= 20; source++) Fill(queue, Client(source, "app"), 1);
        Assert.Equal(6, Take(queue).Count);
        queue = new LookupQueue(9, 1000);
        for (var user = 1; user <= 20; user++) Fill(queue, Client(1, "user" + user), 1);
        Assert.Equal(6, Take(queue).Count);
    }

    [Fact]
    public void The_longest_queue_loses_its_last_one()
    {
        var queue = new LookupQueue(1, 5);
        var many = Fill(queue, Client(1), 4);
        Fill(queue, Client(2), 1);
        Assert.Same(many[^1], queue.Add(Client(3), New()));
        Assert.Equal(5, queue.Waiting);
    }

    [Fact]
    public void What_is_over_takes_no_place()
    {
        var queue = new LookupQueue(1, 5);
        foreach (var lookup in Fill(queue, Client(1), 2)) lookup.IsOver = true;
        var next = Fill(queue, Client(2), 1);
        Assert.Equal(next, Take(queue));
        Assert.Equal(0, queue.Waiting);
    }

    [Fact]
    public void A_place_that_is_given_back_twice_is_one_place()
    {
        var queue = new LookupQueue(2, 5);
        Fill(queue, Client(1), 1);
        var lookup = Assert.Single(Take(queue));
        queue.Leave(lookup);
        queue.Leave(lookup);
        Assert.Equal(0, queue.Running);
    }

    private static LookupClient Client(int source, string? user = null) => new(user, (UInt128)source);

    private static List<Lookup> Take(LookupQueue queue)
    {
        var taken = new List<Lookup>();
        while (queue.TakeNext() is { } next) taken.Add(next);
        return taken;
    }

    private List<Lookup> Fill(LookupQueue queue, LookupClient client, int count)
    {
        List<Lookup> lookups = [.. Enumerable.Range(0, count).Select(_ => New())];
        foreach (var lookup in lookups) Assert.Null(queue.Add(client, lookup));
        return lookups;
    }

    private Lookup New() => new(new LookupKey($"n{_count++}.example.com", AddressFamily.InterNetwork), Nowhere, 0);
}
