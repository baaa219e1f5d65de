using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// The full names that a name may stand for (resolv.conf(5), <c>search</c> with one dot as the border). Each is judged before it is looked up, as if
/// the client had asked for it.
/// </summary>
internal static class NameCandidates
{
    /// <summary>In the order to try them: the next one when a name does not exist.</summary>
    /// <param name="asked">As the client said it. With a dot at its end, and as an address, it stands for itself alone.</param>
    /// <param name="searchList">Suffixes; none: every name stands for itself.</param>
    public static IEnumerable<Destination> Of(Destination asked, IReadOnlyList<string> searchList)
    {
        if (searchList.Count == 0 || asked.Name is not { Length: > 0 } name || name.EndsWith('.') || AddressLiteral.TryParse(name, out _)) return [asked];
        var full = searchList.Select(suffix => Destination.Of(name + "." + suffix, asked.Port));
        return name.Contains('.', StringComparison.Ordinal) ? full.Prepend(asked) : full.Append(asked);
    }
}
