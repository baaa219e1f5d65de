using System.Net;
using Socks5Egress.Fly.Audit;
using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Fly.Watch;

/// <summary>What a deploy must not change, at one moment.</summary>
/// <param name="Egress">The static addresses.</param>
/// <param name="Machines">The Machines.</param>
/// <param name="Observed">The addresses that probes saw; empty when there is no gateway to ask through.</param>
internal sealed record Snapshot(IReadOnlyList<EgressAddress> Egress, IReadOnlyList<FlyMachine> Machines, IReadOnlySet<IPAddress> Observed)
{
    /// <summary>What is different in <paramref name="after"/>. A new Machine is none of it: only one that took an address along.</summary>
    public IReadOnlyList<EgressFinding> Compare(Snapshot after)
    {
        var findings = new List<EgressFinding>();
        var (old, now) = (Egress.Select(address => address.Address).ToHashSet(), after.Egress.Select(address => address.Address).ToHashSet());
        foreach (var address in Egress.Where(address => !now.Contains(address.Address)))
            findings.Add(new(Severity.Critical, "address-lost", address.Address.ToString(), $"was a static address in {address.Region} and is none any more: allow-lists that hold it let in a stranger"));
        foreach (var address in after.Egress.Where(address => !old.Contains(address.Address)))
            findings.Add(new(Severity.Warning, "address-new", address.Address.ToString(), $"is a new static address in {address.Region}: no allow-list has it yet"));
        foreach (var owner in Egress.Select(address => address.Machine).OfType<string>().Distinct().Where(owner => after.Machines.All(machine => machine.Id != owner)))
            findings.Add(new(Severity.Critical, "machine-replaced", owner, "owned static addresses and is gone: promote such addresses before a deploy"));
        // Without an answer after, there is nothing to compare with; that the way is down is reported second by second
        foreach (var seen in after.Observed.Where(seen => Observed.Count > 0 && !Observed.Contains(seen)))
            findings.Add(new(Severity.Critical, "observed-changed", seen.ToString(), $"is where connections leave from now, and was not before ({string.Join(", ", Observed)})"));
        return findings;
    }
}
