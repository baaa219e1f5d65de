using System.Text.Json;
using System.Text.Json.Serialization;

namespace Socks5Egress.Fly.Api;

internal sealed record GraphQlRequest(string Query, GraphQlVariables Variables);

internal sealed record GraphQlVariables(string? AppName, EgressInput? Input);

/// <summary>The input of both mutations: <paramref name="AppId"/> takes the app's name.</summary>
internal sealed record EgressInput(string AppId, string? Region, string? MachineId, string? Ip);

internal sealed record GraphQlAnswer(GraphQlData? Data, GraphQlFault[]? Errors);

internal sealed record GraphQlFault(string? Message, GraphQlFaultDetail? Extensions);

internal sealed record GraphQlFaultDetail(string? Code);

internal sealed record GraphQlData(AppNode? App, PairNode? AllocateEgressIpAddress, PairNode? ReleaseEgressIpAddress);

internal sealed record AppNode(
    Connection<EgressNode>? EgressIpAddresses, Connection<IngressNode>? IpAddresses, string? SharedIpAddress, Connection<MachineNode>? Machines);

internal sealed record Connection<T>(T[]? Nodes);

internal sealed record EgressNode(string? Id, string? Ip, string? Region, DateTimeOffset? UpdatedAt);

internal sealed record IngressNode(string? Address, string? Type, string? Region);

internal sealed record MachineNode(string? Id, string? State, string? Region, Connection<EgressNode>? EgressIpAddresses);

internal sealed record PairNode(string? V4, string? V6);

/// <summary>The answer of <c>ip_assignments</c>.</summary>
internal sealed record AssignmentsAnswer(AssignmentNode[]? Ips);

/// <summary>One address there. Whether egress addresses are told apart by a type, and how it is called, is known from no source yet.</summary>
internal sealed record AssignmentNode(
    string? Ip,
    string? Region,
    bool Shared,
    string? Type,
    [property: JsonPropertyName("machine_id")] string? MachineId,
    [property: JsonPropertyName("created_at")] DateTimeOffset? CreatedAt);

/// <summary>The shapes of both interfaces; what else an answer holds is ignored.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(GraphQlRequest))]
[JsonSerializable(typeof(GraphQlAnswer))]
[JsonSerializable(typeof(MachineNode[]))]
[JsonSerializable(typeof(AssignmentsAnswer))]
internal sealed partial class FlyShapes : JsonSerializerContext;
