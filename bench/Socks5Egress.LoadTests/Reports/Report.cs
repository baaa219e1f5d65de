using System.Text.Json;
using System.Text.Json.Serialization;

namespace Socks5Egress.LoadTests.Reports;

/// <summary>The folder of a run.</summary>
internal static class Report
{
    /// <summary>Writes every form of it.</summary>
    public static async Task WriteAsync(LoadRun run, string folder)
    {
        Directory.CreateDirectory(folder);
        string[] plots = run.Scenarios.Count > 0 ? [Plots.Save(run.Scenarios, folder)] : [];
        await File.WriteAllTextAsync(Path.Combine(folder, "README.md"), MarkdownReport.Of(run, plots));
        await File.WriteAllTextAsync(Path.Combine(folder, "load.html"), HtmlReport.Of(run, plots));
        await File.WriteAllTextAsync(Path.Combine(folder, "load.csv"), CsvReport.Of(run));
        await File.WriteAllTextAsync(Path.Combine(folder, "load.json"), Json(run) + "\n");
    }

    public static string Json(LoadRun run) => JsonSerializer.Serialize(run, LoadRunJson.Default.LoadRun);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true)]
[JsonSerializable(typeof(LoadRun))]
internal sealed partial class LoadRunJson : JsonSerializerContext;
