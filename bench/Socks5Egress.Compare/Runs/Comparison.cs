using System.Text.Json;
using System.Text.Json.Serialization;
using Socks5Egress.Compare.Load;
using Socks5Egress.Compare.Watching;

namespace Socks5Egress.Compare.Runs;

/// <summary>A run as it is kept: <c>results.json</c>.</summary>
internal sealed record Comparison
{
    /// <summary>When it began, UTC.</summary>
    public DateTimeOffset Date { get; init; }

    /// <summary>The commit of this repository that was measured; "+" behind it: with changes.</summary>
    public string Commit { get; init; } = "";

    public int Rounds { get; set; }

    /// <summary>The measured span of each sample.</summary>
    public double Seconds { get; init; }

    /// <summary>How long the run took.</summary>
    public double TookSeconds { get; set; }

    public Machine Machine { get; init; } = new();

    /// <summary>Proxies that could not be measured, and why.</summary>
    public SortedDictionary<string, string> LeftOut { get; init; } = [];

    public List<Sample> Samples { get; init; } = [];
}

/// <summary>How results are written and read.</summary>
[JsonSourceGenerationOptions(
    WriteIndented = false,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(Comparison))]
[JsonSerializable(typeof(Sample))]
[JsonSerializable(typeof(WatchComparison))]
internal sealed partial class ResultsJson : JsonSerializerContext
{
    /// <summary>One line a sample: a difference between two runs can be read.</summary>
    public static string Write(Comparison comparison)
    {
        string head = JsonSerializer.Serialize(comparison with { Samples = [] }, Default.Comparison);
        string samples = string.Join(",\n", comparison.Samples.Select(sample => JsonSerializer.Serialize(sample, Default.Sample)));
        return head.Replace("\"samples\":[]", $"\"samples\":[\n{samples}\n]", StringComparison.Ordinal) + "\n";
    }
}
