using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Accounting;

/// <summary>One target that was spoken to in clear.</summary>
/// <param name="Target">As the client or the configuration says it.</param>
/// <param name="Protocol">What was spoken, such as <c>redis</c>.</param>
/// <param name="User">The account; null without one.</param>
internal readonly record struct PlaintextTarget(string Target, string Protocol, string? User);

/// <summary>Counts what was said in clear where TLS is required or reported, and names the first hundred targets, so that a policy can be made strict without surprise.</summary>
internal sealed class PlaintextCount
{
    /// <summary>Targets that are named.</summary>
    public const int MaxTargets = 100;

    private readonly ConcurrentDictionary<PlaintextTarget, long> _targets = new();
    private long _reported, _refused;

    /// <summary>Passed, since the policy only reports.</summary>
    public long Reported => Interlocked.Read(ref _reported);

    /// <summary>Refused.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Who was spoken to in clear, the most frequent first.</summary>
    public IEnumerable<(PlaintextTarget Target, long Count)> Targets =>
        _targets.Select(each => (each.Key, each.Value)).OrderByDescending(each => each.Value).ThenBy(each => each.Key.Target, StringComparer.Ordinal);

    /// <summary>Counts one.</summary>
    public void Add(TlsMode mode, in PlaintextTarget target)
    {
        if (mode == TlsMode.Enforce) Interlocked.Increment(ref _refused);
        else Interlocked.Increment(ref _reported);
        if (_targets.ContainsKey(target) || _targets.Count < MaxTargets) _targets.AddOrUpdate(target, 1, static (_, count) => count + 1);
    }

    internal IEnumerable<Measurement<long>> Measure() =>
        [new(Reported, new KeyValuePair<string, object?>("mode", "report")), new(Refused, new KeyValuePair<string, object?>("mode", "enforce"))];
}
