using System.Text.Json.Serialization;

namespace Socks5Egress.Diagnostics;

/// <summary>What <c>check TARGET --json</c> prints: the names are part of the contract.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<CheckedTarget>))]
internal sealed partial class CheckJson : JsonSerializerContext;
