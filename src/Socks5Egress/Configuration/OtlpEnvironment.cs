using System.Globalization;

namespace Socks5Egress.Configuration;

/// <summary>
/// What OpenTelemetry's standard variables ask for. Their values are read by the exporter; here is decided whether there is one, and
/// found what the exporter would pass over in silence, or fall over.
/// </summary>
/// <param name="Metrics">Metrics are sent.</param>
/// <param name="Traces">Spans are sent.</param>
internal readonly record struct OtlpEnvironment(bool Metrics, bool Traces)
{
    private const string General = "OTEL_EXPORTER_OTLP";
    private static readonly string[] Prefixes = [General, General + "_METRICS", General + "_TRACES"];

    private static readonly string[] Milliseconds =
    [
        "OTEL_METRIC_EXPORT_INTERVAL", "OTEL_METRIC_EXPORT_TIMEOUT", "OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_EXPORT_TIMEOUT", .. Prefixes.Select(prefix => prefix + "_TIMEOUT"),
    ];

    /// <summary>Reads them.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    public static OtlpEnvironment Read(Func<string, string?> variable)
    {
        if (string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return default;
        return new OtlpEnvironment(Wanted("METRICS"), Wanted("TRACES"));

        bool Wanted(string signal) =>
            variable($"OTEL_{signal}_EXPORTER") is null or "" or "otlp"
            && !(string.IsNullOrEmpty(variable($"{General}_ENDPOINT")) && string.IsNullOrEmpty(variable($"{General}_{signal}_ENDPOINT")));
    }

    /// <summary>What is wrong with them, where anything is sent at all. Values of headers may be secrets: they are not told.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    public static IEnumerable<string> Faults(Func<string, string?> variable)
    {
        if (Read(variable) == default) return [];
        return
        [
            .. Wrong(prefix => prefix + "_ENDPOINT", IsUrl, text => $"'{text}' is not a URL; write http://HOST:4317 for grpc, http://HOST:4318 for http/protobuf"),
            .. Wrong(prefix => prefix + "_PROTOCOL", text => text is "grpc" or "http/protobuf", text => $"'{text}' is no protocol that is spoken; write grpc or http/protobuf"),
            .. Wrong(prefix => prefix + "_HEADERS", text => text.Split(',').All(IsHeader), _ => "is no list of NAME=VALUE with commas between"),
            .. Milliseconds.Where(name => !Holds(name, IsNumber)).Select(name => $"{name}: '{variable(name)}' is not a number of milliseconds"),
        ];

        IEnumerable<string> Wrong(Func<string, string> name, Func<string, bool> isRight, Func<string, string> sentence) =>
            Prefixes.Select(name).Where(each => !Holds(each, isRight)).Select(each => $"{each}: {sentence(variable(each)!)}");

        bool Holds(string name, Func<string, bool> isRight) => variable(name) is not { Length: > 0 } text || isRight(text);
    }

    private static bool IsUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is ("http" or "https") && url.Host.Length > 0;

    private static bool IsHeader(string pair) => pair.Trim().IndexOf('=', StringComparison.Ordinal) > 0;

    private static bool IsNumber(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0;
}
