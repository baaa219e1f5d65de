using System.Globalization;
using System.Net;
using Socks5Egress.Configuration;

namespace Socks5Egress.Exec.Capture;

/// <summary>A port of the host that leads to one of the command's: <c>[ADDR:]PORT[=INNER]</c>; without an address on 127.0.0.1.</summary>
/// <param name="Outer">Where the host listens.</param>
/// <param name="Inner">The command's port on its loopback.</param>
internal sealed record PublishedPort(IPEndPoint Outer, ushort Inner)
{
    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out PublishedPort? port)
    {
        port = null;
        var equals = text.LastIndexOf('=');
        if (EndPointParser.ParseListen(equals < 0 ? text : text[..equals], out var outer) is not null)
            return $"'{text}' is not [ADDR:]PORT[=INNER]; write for example 8080, [::]:8080 or 0.0.0.0:80=8080";
        var inner = (ushort)outer!.Port;
        if (equals >= 0 && !ushort.TryParse(text.AsSpan(equals + 1), NumberStyles.None, CultureInfo.InvariantCulture, out inner))
            return $"'{text}' has no port from 1 to 65535 behind '='";
        if (inner == 0) return $"'{text}' names no port of the command; write PORT=INNER";
        port = new PublishedPort(outer, inner);
        return null;
    }
}
