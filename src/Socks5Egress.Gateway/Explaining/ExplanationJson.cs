using System.Text.Json.Serialization;

namespace Socks5Egress.Gateway.Explaining;

/// <summary>An explanation as JSON: <c>explain --json</c> and the admin address.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(Explanation))]
internal sealed partial class ExplanationJson : JsonSerializerContext;
