using System.Diagnostics.Metrics;
using System.Text.RegularExpressions;
using Socks5Egress.Admin;
using Socks5Egress.Client;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Sessions;
using Socks5Egress.LocalForward;
using Socks5Egress.Protocol;
using Socks5Egress.Supervision;
using Xunit;

namespace Socks5Egress.Tests.Docs;

/// <summary>docs/metrics.md and the dashboard name the metrics that the code has, by the names that Prometheus shows.</summary>
public sealed partial class MetricsTests
{
    [Fact]
    public void The_table_has_each_metric_with_its_kind_and_no_other()
    {
        var rows = Row().Matches(Repository.Read("docs", "metrics.md")).Select(row => (row.Groups[1].Value, row.Groups[2].Value));
        Assert.Equal(OfTheCode().Order(), rows.Order());
    }

    [Fact]
    public void No_page_names_another()
    {
        var known = OfTheCode().Select(metric => metric.Name).ToHashSet();
        var unknown = Repository.Files("docs", "*.md").Append("README.md").SelectMany(page => Whole().Matches(Repository.Read(page))
            .Select(name => name.Value).Where(name => name.EndsWith("_total", StringComparison.Ordinal) && !known.Contains(name)).Select(name => $"{page}: {name}"));
        Assert.Empty(unknown);
    }

    [Fact]
    public void The_dashboard_and_the_alerts_ask_for_no_other()
    {
        var known = OfTheCode().SelectMany(metric => metric.Kind == "histogram"
            ? (string[])[metric.Name + "_bucket", metric.Name + "_sum", metric.Name + "_count"] : [metric.Name]).ToHashSet();
        // Names of labels look the same; they stand behind "by" and in braces, and nothing else does
        var texts = Expression().Matches(Repository.Read("deploy", "grafana", "socks5egress.json"))
            .Concat(Rule().Matches(Repository.Read("deploy", "prometheus", "alerts.yml"))).Select(found => found.Groups[1].Value).ToList();
        Assert.True(texts.Count > 20);
        var asked = texts.SelectMany(text => Whole().Matches(Labels().Replace(text, ""))).Select(name => name.Value).ToHashSet();
        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(known));
    }

    /// <summary>Every instrument of the meter, named as the exporter for Prometheus names it.</summary>
    private static List<(string Name, string Kind)> OfTheCode()
    {
        var found = new List<(string, string)>();
        using var factory = new OneMeterFactory();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter == factory.Meter || instrument.Meter.Name == ForwardMetrics.MeterName || instrument.Meter.Name == ConnectTelemetry.Name) found.Add(Exported(instrument));
        };
        listener.Start();
        using var sessions = new SessionTable(1, TimeSpan.FromSeconds(1), new Supervisor(TimeProvider.System));
        new GatewayStatus
        {
            Sessions = sessions, Meters = new Meters(factory), Readiness = new Readiness(), DescriptorLimit = 1, DroppedLines = static () => 0, Users = [],
        }.Measure(factory);
        using var measured = ForwardMetrics.Measure([]);
        ConnectTelemetry.Begin(Destination.Of("db.example.com", 5432)).Dispose();
        return found;
    }

    private static (string Name, string Kind) Exported(Instrument instrument)
    {
        var kind = instrument.GetType().Name switch
        {
            var type when type.StartsWith("Histogram", StringComparison.Ordinal) => "histogram",
            var type when type.StartsWith("ObservableCounter", StringComparison.Ordinal) => "counter",
            _ => "gauge",
        };
        var unit = instrument.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        return (instrument.Name.Replace('.', '_') + unit + (kind == "counter" ? "_total" : ""), kind);
    }

    [GeneratedRegex(@"(?m)^\| `(socks5egress_\w+)` \| (\w+) \|")]
    private static partial Regex Row();

    [GeneratedRegex(@"\bsocks5egress_\w+")]
    private static partial Regex Whole();

    [GeneratedRegex("\"expr\": \"(.+)\"")]
    private static partial Regex Expression();

    [GeneratedRegex("(?m)^ +expr: (.+)$")]
    private static partial Regex Rule();

    [GeneratedRegex(@"\b(?:by|on|group_left) \([^)]*\)|\{[^}]*\}")]
    private static partial Regex Labels();

    /// <summary>One meter for all who ask, as the host's factory has it.</summary>
    private sealed class OneMeterFactory : IMeterFactory
    {
        public Meter Meter { get; } = new(Meters.MeterName);

        public Meter Create(MeterOptions options) => Meter;

        public void Dispose() => Meter.Dispose();
    }
}
