using System.Runtime.InteropServices;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// Who is looked up for next. Lookups run at a bounded number of places; whoever has few goes first. Of the places, one client may have
/// at most twice as many as are free: a client alone has two thirds of them, and however many clients take what they can, the next newcomer
/// finds one free. Whoever exceeds that waits behind himself. Pure; its owner's lock guards it.
/// </summary>
/// <param name="places">Lookups that run at once.</param>
/// <param name="most">Lookups that wait. When there are more, the client who has most of them loses his last one.</param>
internal sealed class LookupQueue(int places, int most)
{
    private readonly Dictionary<LookupClient, LinkedList<Lookup>> _waiting = [];
    private readonly Dictionary<string, int> _ofUser = new(StringComparer.Ordinal);
    private readonly Dictionary<UInt128, int> _ofSource = [];
    private int _running;

    /// <summary>Lookups that wait for a place; one that several clients wait for is counted for each.</summary>
    public int Waiting { get; private set; }

    /// <summary>Places that are taken.</summary>
    public int Running => _running;

    /// <summary>Puts a lookup behind the others of its client, unless it stands there.</summary>
    /// <returns>The lookup that had to go, which may be the same one; null when there was room.</returns>
    public Lookup? Add(LookupClient client, Lookup lookup)
    {
        if (!lookup.Queues.Add(client)) return null;
        ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(_waiting, client, out _);
        (list ??= []).AddLast(lookup);
        Waiting++;
        if (Waiting <= most) return null;
        var (heaviest, longest) = (client, list);
        foreach (var (other, queue) in _waiting)
        {
            if (queue.Count > longest.Count) (heaviest, longest) = (other, queue);
        }
        var last = longest.Last!.Value;
        longest.RemoveLast();
        Left(heaviest, longest, last);
        return last;
    }

    /// <summary>The next one that may run, with a place taken for it; null when nobody waits or may have one.</summary>
    public Lookup? TakeNext()
    {
        while (Waiting > 0 && _running < places)
        {
            LookupClient? next = null;
            var least = int.MaxValue;
            foreach (var client in _waiting.Keys)
            {
                if (PlacesOf(client) is var has && has < least) (next, least) = (client, has);
            }
            if (next is not { } chosen || least > 2 * (places - _running - 1)) return null;
            var queue = _waiting[chosen];
            var lookup = queue.First!.Value;
            queue.RemoveFirst();
            Left(chosen, queue, lookup);
            // It may have begun for another client, or nobody may be waiting any more
            if (lookup.Runs || lookup.IsOver) continue;
            (lookup.Runs, lookup.Charged) = (true, chosen);
            Count(chosen, 1);
            return lookup;
        }
        return null;
    }

    /// <summary>Gives the place of a lookup back.</summary>
    public void Leave(Lookup lookup)
    {
        if (!lookup.Runs) return;
        lookup.Runs = false;
        Count(lookup.Charged, -1);
    }

    private void Left(LookupClient client, LinkedList<Lookup> queue, Lookup lookup)
    {
        if (queue.Count == 0) _waiting.Remove(client);
        lookup.Queues.Remove(client);
        Waiting--;
    }

    private int PlacesOf(LookupClient client) => Math.Max(
        client.User is null ? 0 : _ofUser.GetValueOrDefault(client.User), _ofSource.GetValueOrDefault(client.Source));

    private void Count(LookupClient client, int by)
    {
        _running += by;
        if (client.User is { } user && (CollectionsMarshal.GetValueRefOrAddDefault(_ofUser, user, out _) += by) == 0) _ofUser.Remove(user);
        if ((CollectionsMarshal.GetValueRefOrAddDefault(_ofSource, client.Source, out _) += by) == 0) _ofSource.Remove(client.Source);
    }
}
