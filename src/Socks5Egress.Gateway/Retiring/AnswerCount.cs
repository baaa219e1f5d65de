using System.Net;
using Socks5Egress.Gateway.Resolving;

namespace Socks5Egress.Gateway.Retiring;

/// <summary>
/// How many answers in a row have not had an address. Pure. A failed look-up, a name that does not exist and an empty answer say nothing about it: they are
/// what a broken server says, too.
/// </summary>
internal static class AnswerCount
{
    /// <summary>Answers in a row without an address, after which its sessions are due. Fewer can be a server that flaps.</summary>
    public const int Enough = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1), Longest = TimeSpan.FromSeconds(60), Unsaid = TimeSpan.FromSeconds(10);

    /// <summary>The count after one more answer.</summary>
    /// <param name="missing">The count before it.</param>
    /// <param name="answer">Of the address's family.</param>
    /// <param name="address">The address.</param>
    public static int Next(int missing, ResolveResult answer, IPAddress address) =>
        answer.End != EndReason.None || answer.Addresses.Count == 0 ? missing
        : answer.Addresses.Contains(address) ? 0
        : Math.Min(missing + 1, Enough);

    /// <summary>When to ask again: when the answer has lived its time, from a second to a minute; after a failure as long as before.</summary>
    public static TimeSpan Pause(ResolveResult answer, TimeSpan before) =>
        answer.End != EndReason.None ? (before > TimeSpan.Zero ? before : Unsaid)
        : answer.Lifetime <= TimeSpan.Zero ? Longest
        : answer.Lifetime < Shortest ? Shortest
        : answer.Lifetime > Longest ? Longest
        : answer.Lifetime;
}
