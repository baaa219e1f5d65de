using System.Globalization;

namespace Socks5Egress.Compare.Runs;

/// <summary>What <c>bench/compare/run</c> was asked for.</summary>
internal sealed record RunOptions
{
    public int Rounds { get; init; } = 5;

    /// <summary>The measured span of each sample.</summary>
    public double Seconds { get; init; } = 1.0;

    /// <summary>No round is begun that would not end within this, judged by the longest one so far; the first is run in any case.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.MaxValue;

    public bool Quick { get; init; }

    /// <summary>Names of proxies; empty: all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];

    /// <summary>Names of scenarios, or beginnings of them; empty: all.</summary>
    public IReadOnlyList<string> Scenarios { get; init; } = [];

    /// <summary>The published gateway.</summary>
    public string Gateway { get; init; } = "";

    /// <summary>The folder of the configuration templates.</summary>
    public string Templates { get; init; } = "";

    /// <summary>Where the report goes.</summary>
    public string Output { get; init; } = "";

    public string Commit { get; init; } = "unknown";

    /// <summary>Reads the command line.</summary>
    /// <param name="words">Its words.</param>
    /// <param name="options">What holds where they say nothing.</param>
    /// <returns>The options, or what is wrong with the command line.</returns>
    public static (RunOptions? Options, string? Error) Parse(ReadOnlySpan<string> words, RunOptions options)
    {
        while (words.Length > 0)
        {
            string name = words[0];
            words = words[1..];
            if (name == "--quick")
            {
                options = options with { Quick = true, Rounds = 1, Seconds = 0.5 };
                continue;
            }
            if (words.Length == 0) return (null, $"{name} needs a value, or is no option.");
            string value = words[0];
            words = words[1..];
            RunOptions? next = name switch
            {
                "--rounds" when int.TryParse(value, CultureInfo.InvariantCulture, out int rounds) && rounds is >= 1 and <= 100 =>
                    options with { Rounds = rounds },
                "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0.1 and <= 60 =>
                    options with { Seconds = seconds },
                "--budget" when double.TryParse(value, CultureInfo.InvariantCulture, out double minutes) && minutes is >= 1 and <= 1440 =>
                    options with { Budget = TimeSpan.FromMinutes(minutes) },
                "--only" => options with { Only = value.Split(',') },
                "--scenario" => options with { Scenarios = value.Split(',') },
                "--gateway" => options with { Gateway = Path.GetFullPath(value) },
                "--templates" => options with { Templates = Path.GetFullPath(value) },
                "--output" => options with { Output = Path.GetFullPath(value) },
                "--commit" => options with { Commit = value },
                _ => null,
            };
            if (next is null) return (null, $"{name} {value} is no option, or no value that it takes.");
            options = next;
        }
        return (options, null);
    }
}
