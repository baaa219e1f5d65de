using Socks5Egress.Configuration;
using Socks5Egress.Admin;
using Socks5Egress.Tests.Program.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Admin;

public sealed class OtlpEnvironmentTests
{
    private const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4317";

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, true, Endpoint)]
    [InlineData(true, false, "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:4318/v1/metrics")]
    [InlineData(false, true, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=http://127.0.0.1:4318/v1/traces")]
    [InlineData(false, true, Endpoint, "OTEL_METRICS_EXPORTER=none")]
    [InlineData(true, false, Endpoint, "OTEL_TRACES_EXPORTER=none")]
    [InlineData(true, true, Endpoint, "OTEL_TRACES_EXPORTER=otlp")]
    [InlineData(false, false, Endpoint, "OTEL_SDK_DISABLED=TRUE")]
    public void Something_is_sent_where_a_receiver_is_named(bool metrics, bool traces, params string[] variables) =>
        Assert.Equal(new OtlpEnvironment(metrics, traces), OtlpEnvironment.Read(Variables(variables)));

    [Theory]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "ftp://collector")]
    [InlineData("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "secret-without-a-name")]
    [InlineData("OTEL_EXPORTER_OTLP_METRICS_HEADERS", "a=b,secret")]
    [InlineData("OTEL_METRIC_EXPORT_INTERVAL", "5s")]
    [InlineData("OTEL_BSP_SCHEDULE_DELAY", "-1")]
    [InlineData("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]
    public void A_bad_variable_is_named_and_what_is_in_a_header_is_not(string name, string value)
    {
        var environment = new[] { "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT=http://127.0.0.1:4317", $"{name}={value}" };
        var fault = Assert.Single(OtlpEnvironment.Faults(Variables(environment)));
        Assert.StartsWith(name + ": ", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault, StringComparison.Ordinal);
        Assert.Equal(fault, Loading.Error(environment: environment));
    }

    [Fact]
    public void What_is_right_or_sends_nothing_has_no_fault()
    {
        string[] right = [Endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", "OTEL_EXPORTER_OTLP_HEADERS=api-key=abc,x=y=z", "OTEL_METRIC_EXPORT_INTERVAL=500"];
        Assert.Empty(OtlpEnvironment.Faults(Variables(right)));
        Assert.Empty(OtlpEnvironment.Faults(Variables(["OTEL_EXPORTER_OTLP_HEADERS=nonsense"])));
    }

    private static Func<string, string?> Variables(string[] variables)
    {
        var values = variables.Where(each => each.Length > 0).ToDictionary(each => each[..each.IndexOf('=', StringComparison.Ordinal)], each => each[(each.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        return values.GetValueOrDefault;
    }
}
