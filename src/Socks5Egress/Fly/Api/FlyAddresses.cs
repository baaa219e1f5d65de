using Socks5Egress.Protocol;

namespace Socks5Egress.Fly.Api;

/// <summary>
/// The addresses of an app, from both of Fly.io's interfaces. Reading asks GraphQL and the Machines interface and puts together what is
/// understood, so that an address is seen whichever of them knows it. Changes go to GraphQL alone: they cost money and lose addresses, and how the
/// other side calls an egress address is not known.
/// </summary>
/// <param name="api">Makes the calls.</param>
/// <param name="say">Told what was not understood, and what to run instead.</param>
internal sealed class FlyAddresses(FlyApi api, Action<string> say)
{
    private const string PrivatePrefix = "fdaa:";

    private readonly HashSet<string> _said = [];

    /// <summary>Every static egress address: the app's own, and those of its Machines.</summary>
    public async Task<FlyResult<EgressAddress[]>> EgressAsync(string app, CancellationToken cancellation)
    {
        var known = await api.EgressAddressesAsync(app, cancellation);
        if (known.Error is not null) return known;
        var all = known.Value!.ToList();
        foreach (var node in (await AssignedAsync(app, cancellation)).Where(IsEgress))
        {
            if (!AddressLiteral.TryParse(node.Ip, out var address) || all.Exists(one => one.Address.Equals(address))) continue;
            all.Add(new("", address, node.Region ?? "", node.MachineId, node.CreatedAt));
        }

        return all.ToArray();
    }

    /// <summary>Every address that the app is reached at.</summary>
    public async Task<FlyResult<IngressAddress[]>> IngressAsync(string app, CancellationToken cancellation)
    {
        var known = await api.IngressAddressesAsync(app, cancellation);
        if (known.Error is not null) return known;
        var egress = await api.EgressAddressesAsync(app, cancellation);
        var all = known.Value!.ToList();
        foreach (var node in (await AssignedAsync(app, cancellation)).Where(node => !IsEgress(node)))
        {
            // An egress address that is listed without saying so would be taken for a way in
            if (AddressLiteral.TryParse(node.Ip, out var address) && egress.Value?.Any(one => one.Address.Equals(address)) != true
                && !all.Exists(one => AddressLiteral.TryParse(one.Address, out var other) && other.Equals(address)))
                all.Add(new(address.ToString(), TypeOf(node), node.Region ?? ""));
        }

        return all.ToArray();
    }

    private async Task<AssignmentNode[]> AssignedAsync(string app, CancellationToken cancellation)
    {
        var answer = await api.AssignmentsAsync(app, cancellation);
        var nodes = answer.Value?.Ips ?? [];
        if (answer.Error is { } error) SayOnce($"The Machines interface was asked for addresses too, in vain: {error.Sentence} `fly ips list --app {app}` shows what it knows.");
        else if (answer.Value!.Ips is null || nodes.Any(node => !AddressLiteral.TryParse(node.Ip, out _)))
            SayOnce($"The Machines interface told of addresses in a form that is not understood here: `fly ips list --app {app}` shows all of them.");
        foreach (var type in nodes.Select(node => node.Type).OfType<string>().Where(type => !IsKnown(type)).Distinct())
            SayOnce($"The Machines interface has addresses of the type '{Shown(type)}', which is not understood here: `fly ips list --app {app}` shows them.");
        return [.. nodes.Where(node => node.Type is null || IsKnown(node.Type))];
    }

    /// <summary>A watch asks every ten seconds.</summary>
    private void SayOnce(string sentence)
    {
        if (_said.Add(sentence)) say(sentence);
    }

    private static bool IsEgress(AssignmentNode node) => node.Type?.Contains("egress", StringComparison.OrdinalIgnoreCase) == true;

    private static bool IsKnown(string type) =>
        type.Contains("egress", StringComparison.OrdinalIgnoreCase) || type is "v4" or "v6" or "shared_v4" or "private_v6";

    private static string TypeOf(AssignmentNode node) => node.Type
        ?? (node.Ip!.StartsWith(PrivatePrefix, StringComparison.OrdinalIgnoreCase) ? "private_v6" : node.Ip.Contains(':', StringComparison.Ordinal) ? "v6" : node.Shared ? "shared_v4" : "v4");

    private static string Shown(string text) => new([.. text.Take(40).Select(letter => char.IsControl(letter) ? ' ' : letter)]);
}
