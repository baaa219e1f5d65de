namespace Socks5Egress.Admin;

/// <summary>What OpenTelemetry's standard variables ask for. Their values are read by the exporter; here is decided only whether there is one.</summary>
/// <param name="Metrics">Metrics are sent.</param>
/// <param name="Traces">Spans are sent.</param>
internal readonly record struct OtlpEnvironment(bool Metrics, bool Traces)
{
    private const string General = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Reads them.</summary>
    /// <param name="variable">The value of a variable, or null.</param>
    public static OtlpEnvironment Read(Func<string, string?> variable)
    {
        if (string.Equals(variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)) return default;
        return new OtlpEnvironment(Wanted("METRICS"), Wanted("TRACES"));

        bool Wanted(string signal) =>
            variable($"OTEL_{signal}_EXPORTER") is null or "" or "otlp"
            && !(string.IsNullOrEmpty(variable(General)) && string.IsNullOrEmpty(variable($"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")));
    }
}
