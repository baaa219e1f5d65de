using Socks5Egress.Gateway.Limits;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Chooses the login that is hashed next: the one that was served longest ago. Even turns compare networks first, odd turns user names. So guesses from
/// many sources delay neither a login from another network nor a login of another user. All unknown names count as one name.
/// </summary>
internal sealed class HashTurns
{
    private const int MostRemembered = 4096;

    private readonly Dictionary<Key, long> _served = [];
    private long _turn;

    /// <summary>The place of a login in this turn; the lowest is next.</summary>
    public (long, long, long, long) PlaceOf(ClientPrefix source, string name)
    {
        var (network, own, both) = (Served(Key.Of(source.Network, isNetwork: true)), Served(Key.Of(source)), Served(new Key(source, name)));
        return _turn % 2 == 0 ? (network, own, both, 0) : (Served(Key.Of(name)), network, own, both);
    }

    /// <summary>Notes that a login is served.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="name">The user name.</param>
    /// <param name="waiting">The logins that wait. The last turns of others may be forgotten.</param>
    public void Serve(ClientPrefix source, string name, IEnumerable<(ClientPrefix Source, string Name)> waiting)
    {
        if (_served.Count > MostRemembered) Forget([.. waiting.SelectMany(job => Keys(job.Source, job.Name))]);
        _turn++;
        foreach (var key in Keys(source, name)) _served[key] = _turn;
    }

    private static Key[] Keys(ClientPrefix source, string name) =>
        [Key.Of(source.Network, isNetwork: true), Key.Of(source), new Key(source, name), Key.Of(name)];

    private void Forget(HashSet<Key> needed)
    {
        foreach (var key in _served.Keys)
            if (!needed.Contains(key)) _served.Remove(key);
    }

    private long Served(Key key) => _served.GetValueOrDefault(key);

    private readonly record struct Key(ClientPrefix? Source, string? Name, bool IsNetwork = false)
    {
        public static Key Of(ClientPrefix source, bool isNetwork = false) => new(source, null, isNetwork);

        public static Key Of(string name) => new(null, name);
    }
}
