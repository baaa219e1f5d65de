using System.Net;
using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Fly.Audit;

/// <summary>
/// Compares what is allocated with what the other side lets in and with where the Machines run. Pure; the numbers are Fly.io's, see
/// the README of Fly.
/// </summary>
internal static class EgressAudit
{
    /// <summary>US dollars a month for a pair: its IPv4 address is billed by the hour, its IPv6 address is free.</summary>
    public const decimal PairPrice = 3.60m;

    /// <summary>So many Machines may share one egress address; half of it when a deploy doubles them.</summary>
    public const int MachinesAnAddress = 64;

    private const int MachinesWithBluegreen = 32;

    /// <param name="state">What Fly.io says.</param>
    /// <param name="lists">What the other sides let in; without any, nothing is compared.</param>
    /// <param name="flyToml">The app's configuration, or null.</param>
    public static IReadOnlyList<EgressFinding> Audit(AppState state, IReadOnlyList<AllowList> lists, TomlNode? flyToml) =>
    [
        .. OtherApp(state, flyToml).Concat(Exposure(state))
            .Concat(lists.SelectMany(list => Unlisted(state, list))).Concat(lists.SelectMany(list => Strangers(state, list)))
            .Concat(state.Machines is null ? [] : Regions(state, state.Machines)).Concat(Balance(state)).Concat(Scopes(state, flyToml)).Concat(Expectation(state, flyToml)),
    ];

    /// <summary>What the addresses cost a month, US dollars.</summary>
    public static decimal MonthlyCost(AppState state) => state.Egress.Count(address => address.Version == 4) * PairPrice;

    private static IEnumerable<EgressFinding> OtherApp(AppState state, TomlNode? flyToml) =>
        flyToml?["app"] is { Kind: TomlKind.Text } app && app.Text != state.App
            ? [new(Severity.Warning, "other-app", app.Text, $"is the app of the configuration (line {app.Line}), and {state.App} the one that is audited: name the same with --app")]
            : [];

    private static IEnumerable<EgressFinding> Exposure(AppState state) =>
        from address in state.Ingress
        where address.IsPublic
        select new EgressFinding(Severity.Critical, "public-address", address.Address,
            $"is a public address of the app ({address.Type}): with any service the whole internet reaches the proxy; run `fly ips release {address.Address} -a {state.App}`");

    private static IEnumerable<EgressFinding> Unlisted(AppState state, AllowList list) =>
        from address in state.Egress
        where list.Find(address.Address) is null
        select new EgressFinding(Severity.Warning, "not-listed", address.Address.ToString(),
            $"is allocated in {address.Region} but not listed in {list.File}: connections from it are refused; add {address.Cidr}");

    private static IEnumerable<EgressFinding> Strangers(AppState state, AllowList list) =>
        from entry in list.Entries
        where !state.Egress.Any(address => entry.Network.Contains(address.Address))
        select new EgressFinding(Severity.Warning, "not-ours", entry.Network.ToString(),
            $"is listed in {list.File}:{entry.Line} but is none of this app's addresses: whoever has it now is let in; remove the line");

    private static IEnumerable<EgressFinding> Regions(AppState state, IReadOnlyList<FlyMachine> all)
    {
        foreach (var region in all.Select(machine => machine.Region).Distinct())
        {
            var uncovered = all.Count(machine => machine.Region == region && !IsCovered(machine, state));
            if (uncovered > 0)
                yield return new(Severity.Warning, "region-without-pair", region,
                    $"has {uncovered} Machines without a static address, which leave from a random one: run `socks5egress egress allocate --app {state.App} --region {region}`");

            int pairs = state.Egress.Count(address => address is { IsMachineScoped: false, Version: 4 } && address.Region == region);
            int machines = all.Count(machine => machine.Region == region);
            if (pairs > 0 && machines > pairs * MachinesAnAddress)
                yield return new(Severity.Warning, "too-many-machines", region,
                    $"has {machines} Machines on {pairs} pairs, and a pair carries {MachinesAnAddress}: allocate another one and have it allow-listed first");
        }

        foreach (var region in state.Egress.Where(address => !address.IsMachineScoped).Select(address => address.Region).Distinct())
        {
            if (all.All(machine => machine.Region != region))
                yield return new(Severity.Warning, "pair-without-machines", region, "has a pair, which is billed, but no Machine: scale there, or release the pair");
        }
    }

    private static bool IsCovered(FlyMachine machine, AppState state) => state.Egress.Any(address =>
        address.IsMachineScoped ? address.Machine == machine.Id : address.Region == machine.Region);

    private static IEnumerable<EgressFinding> Balance(AppState state)
    {
        foreach (var group in state.Egress.GroupBy(address => address.Machine ?? address.Region))
        {
            int v4 = group.Count(address => address.Version == 4), v6 = group.Count() - v4;
            if (v4 != v6)
                yield return new(Severity.Warning, "family-imbalance", group.Key,
                    $"has {v4} IPv4 and {v6} IPv6 addresses: the family that lacks one leaves from a random address; use one family only, or allocate another pair");
        }
    }

    private static IEnumerable<EgressFinding> Scopes(AppState state, TomlNode? flyToml)
    {
        var machineScoped = state.Egress.Where(address => address.IsMachineScoped).ToArray();
        var bluegreen = flyToml?["deploy.strategy"]?.Text == "bluegreen";
        if (machineScoped.Length > 0 && machineScoped.Length < state.Egress.Count)
            yield return new(Severity.Warning, "mixed-scopes", state.App,
                "has addresses of its Machines beside its own, and the Machines' win today, which may change: promote or release them");
        foreach (var owner in machineScoped.Select(address => address.Machine!).Distinct())
        {
            if (state.Machines?.All(machine => machine.Id != owner) == true)
                yield return new(Severity.Warning, "machine-gone", owner, "owns addresses but is no Machine of the app any more: they are lost to it");
        }

        if (machineScoped.Length > 0)
            yield return new(bluegreen ? Severity.Critical : Severity.Warning, "machine-scoped", state.App,
                "has machine-scoped addresses, which are deprecated and die with their Machine" + (bluegreen ? ", as bluegreen deploys make it do" : "") +
                $": run `socks5egress egress promote ADDRESS --app {state.App}`");

        foreach (var region in bluegreen && state.Machines is not null ? state.Machines.GroupBy(machine => machine.Region) : [])
        {
            int pairs = state.Egress.Count(address => address is { IsMachineScoped: false, Version: 4 } && address.Region == region.Key);
            if (pairs > 0 && region.Count() > pairs * MachinesWithBluegreen)
                yield return new(Severity.Warning, "too-many-machines", region.Key,
                    $"has {region.Count()} Machines on {pairs} pairs, and a bluegreen deploy doubles them: a pair carries {MachinesAnAddress}");
        }
    }

    /// <summary>What the gateway is told to expect has to be what is allocated: it would refuse to serve, or take a wrong address for right.</summary>
    private static IEnumerable<EgressFinding> Expectation(AppState state, TomlNode? flyToml)
    {
        if (flyToml?["env.SOCKS5EGRESS_Identity__Expect"] is not { } expect) yield break;
        var expected = AllowList.Parse("fly.toml", expect.Text.Split(','), []);
        foreach (var address in state.Egress.Where(address => expected.Find(address.Address) is null))
            yield return new(Severity.Warning, "not-expected", address.Address.ToString(),
                $"is allocated but not in SOCKS5EGRESS_Identity__Expect (fly.toml:{expect.Line}): a gateway that leaves from it takes it for wrong");
        foreach (var entry in expected.Entries.Where(entry => !state.Egress.Any(address => entry.Network.Contains(address.Address))))
            yield return new(Severity.Warning, "expected-not-ours", entry.Network.BaseAddress.ToString(),
                $"is in SOCKS5EGRESS_Identity__Expect (fly.toml:{expect.Line}) but not allocated: remove it");
    }
}
