using System.Net;

namespace Socks5Egress.Gateway.Identity;

/// <summary>What one round of probes says about a family.</summary>
internal enum Seen : byte
{
    /// <summary>Not enough probes answered, or they disagree.</summary>
    Nothing,

    /// <summary>Connections leave from an expected address.</summary>
    Right,

    /// <summary>Connections leave from an address that nobody expects.</summary>
    Wrong,
}

/// <param name="Seen">The verdict.</param>
/// <param name="Address">The address seen, or null.</param>
internal readonly record struct Observation(Seen Seen, IPAddress? Address)
{
    /// <summary>So many probes have to agree; a lone one is believed, since its operator chose it.</summary>
    public const int Quorum = 2;

    /// <summary>
    /// Judges a round. Two different expected addresses agree: with several pairs in a region a Machine may use any of them. Answers
    /// on both sides in equal number are no verdict.
    /// </summary>
    /// <param name="answers">One a probe; null when it had none.</param>
    /// <param name="expected">The family's own addresses.</param>
    public static Observation Judge(IReadOnlyList<IPAddress?> answers, IReadOnlyCollection<IPAddress> expected)
    {
        int needed = Math.Min(Quorum, answers.Count);
        var given = answers.OfType<IPAddress>().ToLookup(expected.Contains);
        var right = given[true].ToArray();
        var wrong = given[false].GroupBy(address => address).MaxBy(group => group.Count())?.ToArray() ?? [];
        if (right.Length >= needed && right.Length > wrong.Length) return new(Seen.Right, right[0]);
        return wrong.Length >= needed && wrong.Length > right.Length ? new(Seen.Wrong, wrong[0]) : default;
    }
}
