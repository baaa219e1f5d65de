using System.Globalization;
using System.Text;
using Socks5Egress.Accounting;

namespace Socks5Egress.Admin;

/// <summary>The first numbers of the gateway in Prometheus' text form, version 0.0.4.</summary>
internal static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(LiveSessions sessions, Meters meters)
    {
        var text = new StringBuilder();
        Head(text, "socks5egress_connections", "gauge", "Open client connections.");
        Line(text, "socks5egress_connections", sessions.Count);
        Head(text, "socks5egress_sessions_active", "gauge", "Open connections whose request is read.");
        Line(text, "socks5egress_sessions_active", sessions.Admitted);
        Head(text, "socks5egress_handshakes_pending", "gauge", "Open connections whose request is not yet read.");
        Line(text, "socks5egress_handshakes_pending", sessions.Pending);
        Head(text, "socks5egress_sessions_reported_total", "counter", "Sessions that an enforced policy would have refused.");
        Line(text, "socks5egress_sessions_reported_total", meters.Reported);
        Head(text, "socks5egress_sessions_total", "counter", "Connections that have ended, by reason.");
        foreach (var reason in Enum.GetValues<EndReason>())
        {
            if (meters.Ends(reason) is var count and > 0) Line(text, $"socks5egress_sessions_total{{error_type=\"{reason.ToKebab()}\"}}", count);
        }
        Head(text, "socks5egress_io_bytes_total", "counter", "Bytes carried by sessions that have ended, by direction.");
        Line(text, "socks5egress_io_bytes_total{network_io_direction=\"up\"}", meters.BytesUp);
        Line(text, "socks5egress_io_bytes_total{network_io_direction=\"down\"}", meters.BytesDown);
        return text.ToString();
    }

    private static void Head(StringBuilder text, string name, string type, string help) =>
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n').Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');

    private static void Line(StringBuilder text, string series, long value) =>
        text.Append(series).Append(' ').Append(value.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
