using System.Net;
using System.Text;
using System.Text.Json;
using Socks5Egress.Protocol;

namespace Socks5Egress.Fly.Api;

/// <summary>
/// What this program asks Fly.io for. Egress addresses are GraphQL, promotion is the platform's REST interface, the Machines have one of
/// their own. The queries are kept as small as flyctl's, so that a token that may see less still gets what it may see.
/// </summary>
/// <param name="access">Where and as whom.</param>
/// <param name="time">The clock.</param>
/// <param name="say">Told, a sentence each, what a person who waits should know.</param>
internal sealed class FlyApi(FlyAccess access, TimeProvider time, Action<string> say) : IDisposable
{
    private const string EgressFields = "egressIpAddresses { nodes { id ip version region updatedAt } }";

    private readonly FlyHttp _http = new(access, time, say);

    /// <summary>Every static egress address of the app: its own, and those of its Machines.</summary>
    public async Task<FlyResult<EgressAddress[]>> EgressAddressesAsync(string app, CancellationToken cancellation)
    {
        var own = await QueryAsync(app, EgressFields, cancellation);
        if (own.Error is { } first) return first;
        var machines = await QueryAsync(app, "machines { nodes { id " + EgressFields + " } }", cancellation);
        if (machines.Error is { } second) return second;
        if (own.Value!.EgressIpAddresses?.Nodes is not { } nodes) return Missing("app.egressIpAddresses.nodes");
        if (machines.Value!.Machines?.Nodes is not { } owners) return Missing("app.machines.nodes");

        var addresses = new List<EgressAddress>();
        var all = nodes.Select(node => (Node: node, Machine: (string?)null))
            .Concat(owners.SelectMany(owner => (owner.EgressIpAddresses?.Nodes ?? []).Select(node => (Node: node, Machine: owner.Id))));
        foreach (var (node, machine) in all)
        {
            if (!AddressLiteral.TryParse(node.Ip, out var address)) return Missing("an address in egressIpAddresses.nodes.ip");
            addresses.Add(new(node.Id ?? "", address, node.Region ?? "", machine, node.UpdatedAt));
        }

        return addresses.ToArray();
    }

    /// <summary>Every address that the app is reached at.</summary>
    public async Task<FlyResult<IngressAddress[]>> IngressAddressesAsync(string app, CancellationToken cancellation)
    {
        var answer = await QueryAsync(app, "ipAddresses { nodes { id address type region createdAt } } sharedIpAddress", cancellation);
        if (answer.Error is { } error) return error;
        if (answer.Value!.IpAddresses?.Nodes is not { } nodes) return Missing("app.ipAddresses.nodes");
        var addresses = nodes.Select(node => new IngressAddress(node.Address ?? "", node.Type ?? "", node.Region ?? "")).ToList();
        if (answer.Value.SharedIpAddress is { Length: > 0 } shared) addresses.Add(new(shared, "shared_v4", ""));
        return addresses.ToArray();
    }

    /// <summary>What the Machines interface knows of addresses: the way that flyctl has gone since September 2026.</summary>
    public Task<FlyResult<AssignmentsAnswer>> AssignmentsAsync(string app, CancellationToken cancellation)
    {
        var uri = new Uri(access.Machines, "v1/apps/" + Uri.EscapeDataString(app) + "/ip_assignments");
        return _http.ReadAsync(() => new(HttpMethod.Get, uri), FlyShapes.Default.AssignmentsAnswer, cancellation);
    }

    /// <summary>Every Machine that is not destroyed.</summary>
    public async Task<FlyResult<FlyMachine[]>> MachinesAsync(string app, CancellationToken cancellation)
    {
        var uri = new Uri(access.Machines, "v1/apps/" + Uri.EscapeDataString(app) + "/machines");
        var answer = await _http.ReadAsync(() => new(HttpMethod.Get, uri), FlyShapes.Default.MachineNodeArray, cancellation);
        if (answer.Error is { } error) return error;
        if (answer.Value!.Any(node => string.IsNullOrEmpty(node.Id))) return Missing("a Machine's id");
        return answer.Value!.Select(node => new FlyMachine(node.Id!, node.State ?? "", node.Region ?? "")).Where(machine => !machine.IsGone).ToArray();
    }

    /// <summary>Allocates a pair: for a region of the app, or for one Machine.</summary>
    public Task<FlyResult<AddressPair>> AllocateAsync(string app, string? region, string? machine, CancellationToken cancellation) => MutateAsync(
        "mutation($input: AllocateEgressIPAddressInput!) { allocateEgressIpAddress(input: $input) { v4 v6 } }",
        new(app, region, machine, null), data => data.AllocateEgressIpAddress, "allocateEgressIpAddress", cancellation);

    /// <summary>Releases one of the app's addresses, or the pair of a Machine. It cannot be had back.</summary>
    public Task<FlyResult<AddressPair>> ReleaseAsync(string app, IPAddress? address, string? machine, CancellationToken cancellation) => MutateAsync(
        "mutation($input: ReleaseEgressIPAddressInput!) { releaseEgressIpAddress(input: $input) { v4 v6 } }",
        new(app, null, machine, address?.ToString()), data => data.ReleaseEgressIpAddress, "releaseEgressIpAddress", cancellation);

    /// <summary>Makes a Machine's address one of the app's; null when it was done.</summary>
    public async Task<FlyError?> PromoteAsync(string app, IPAddress address, CancellationToken cancellation)
    {
        var uri = new Uri(
            access.Platform, "api/v1/apps/" + Uri.EscapeDataString(app) + "/egress_ips/" + Uri.EscapeDataString(address.ToString()) + "/promote");
        var error = await _http.ChangeAsync(new(HttpMethod.Post, uri), cancellation);
        if (error?.Fault is not FlyFault.Token || access.Authorization.Scheme == FlyAccess.Bearer) return error;
        // flyctl sends every kind of token as Bearer to this one interface. Who refuses a token has changed nothing: asking again is safe
        var asBearer = new HttpRequestMessage(HttpMethod.Post, uri);
        asBearer.Headers.Authorization = new(FlyAccess.Bearer, access.Authorization.Parameter);
        return await _http.ChangeAsync(asBearer, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private async Task<FlyResult<AppNode>> QueryAsync(string app, string fields, CancellationToken cancellation)
    {
        var query = "query($appName: String!) { app(name: $appName) { " + fields + " } }";
        var answer = await _http.ReadAsync(() => Post(query, new(app, null)), FlyShapes.Default.GraphQlAnswer, cancellation);
        if (answer.Error is { } error) return error;
        if (Refusal(answer.Value!) is { } refusal) return refusal;
        return answer.Value!.Data?.App is { } node
            ? node
            : new FlyError(FlyFault.NotFound, "Fly.io knows no app " + app + " that this token may see: check --app and FLY_API_TOKEN.");
    }

    private async Task<FlyResult<AddressPair>> MutateAsync(
        string query, EgressInput input, Func<GraphQlData, PairNode?> field, string name, CancellationToken cancellation)
    {
        var answer = await _http.ChangeAsync(Post(query, new(null, input)), FlyShapes.Default.GraphQlAnswer, cancellation);
        if (answer.Error is { } error) return error;
        var pair = answer.Value!.Data is { } data ? field(data) : null;
        var refusal = Refusal(answer.Value);
        if (pair is null) return refusal ?? Missing(name);
        // A pair with an error beside it was still allocated or released: what was changed must be said
        var changed = new AddressPair(Parse(pair.V4), Parse(pair.V6), refusal?.Sentence);
        return changed.Addresses.Any() ? changed : refusal ?? Missing(name + ".v4 and .v6");
    }

    private static IPAddress? Parse(string? text) => AddressLiteral.TryParse(text, out var address) ? address : null;

    private HttpRequestMessage Post(string query, GraphQlVariables variables) => new(HttpMethod.Post, new Uri(access.Platform, "graphql"))
    {
        Content = new StringContent(
            JsonSerializer.Serialize(new(query, variables), FlyShapes.Default.GraphQlRequest), Encoding.UTF8, "application/json"),
    };

    /// <summary>GraphQL answers 200 with its errors inside. A partial answer is none: an address left out would look released.</summary>
    private FlyError? Refusal(GraphQlAnswer answer)
    {
        if (answer.Errors is not { Length: > 0 } errors) return null;
        var text = string.Join("; ", errors.Select(error => error.Message ?? "no reason given"));
        text = access.Redact(new string([.. text.Select(character => char.IsControl(character) ? ' ' : character)]));
        return errors[0].Extensions?.Code switch
        {
            "UNAUTHORIZED" or "UNAUTHENTICATED" or "FORBIDDEN" => new(
                FlyFault.Token, "Fly.io did not accept the token in FLY_API_TOKEN: " + text + " (it may have expired; create another one)."),
            "NOT_FOUND" => new(FlyFault.NotFound, "Fly.io knows no such thing: " + text + " (check --app, --machine and the address)."),
            _ => new(FlyFault.Refused, "Fly.io refused: " + text),
        };
    }

    private static FlyError Missing(string what) =>
        new(FlyFault.Malformed, "The answer of Fly.io lacks " + what + ": check FLY_API_BASE_URL, or try a newer release.");
}
