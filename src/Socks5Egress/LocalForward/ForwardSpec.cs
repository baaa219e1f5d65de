using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.LocalForward;

/// <summary>One forward as it is written: <c>LOCAL=HOST:PORT</c>, LOCAL being <c>PORT</c>, <c>ADDR:PORT</c> or <c>unix:PATH</c>.</summary>
/// <param name="Local">Where to listen; a bare port means 127.0.0.1. Port 0 picks one.</param>
/// <param name="Target">Where it leads; a name is the gateway's to look up.</param>
internal sealed record ForwardSpec(EndPoint Local, Destination Target)
{
    private const string UnixScheme = "unix:";

    /// <summary>The name or address, an IPv6 address without brackets.</summary>
    public string Host => Target.Name ?? Target.Address!.ToString();

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out ForwardSpec? spec)
    {
        spec = null;
        // A host has no '=' in it, a path may
        var equals = text.LastIndexOf('=');
        if (equals < 0) return $"'{text}' is not LOCAL=HOST:PORT; write for example 5432=db.example.com:5432";
        if (ParseLocal(text[..equals], out var local) is { } localFault) return localFault;
        if (TargetParser.Parse(text[(equals + 1)..], out var target) is { } targetFault) return targetFault;
        spec = new ForwardSpec(local!, target);
        return null;
    }

    /// <summary>Reads the lines of <c>--file</c>: a forward each; blank lines and those that begin with <c>#</c> count for nothing.</summary>
    /// <returns>The forwards, and what is wrong with other lines, each with its number.</returns>
    public static (List<ForwardSpec> Specs, List<string> Faults) ParseLines(IEnumerable<string> lines)
    {
        var specs = new List<ForwardSpec>();
        var faults = new List<string>();
        foreach (var (index, line) in lines.Select(line => line.Trim()).Index())
        {
            if (line.Length == 0 || line.StartsWith('#')) continue;
            if (Parse(line, out var spec) is { } fault) faults.Add(string.Create(CultureInfo.InvariantCulture, $"line {index + 1}: {fault}"));
            else specs.Add(spec!);
        }

        return (specs, faults);
    }

    private static string? ParseLocal(string text, out EndPoint? local)
    {
        local = null;
        if (text.StartsWith(UnixScheme, StringComparison.Ordinal)) return ParsePath(text[UnixScheme.Length..], out local);
        if (text.Length > 0 && text.All(char.IsAsciiDigit))
        {
            if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port))
                return $"'{text}' is not a port; write 0 to 65535";
            local = new IPEndPoint(IPAddress.Loopback, port);
            return null;
        }

        var fault = EndPointParser.Parse(text, out var endpoint);
        local = endpoint;
        return fault is null ? null : $"'{text}' is not a place to listen; write PORT, ADDR:PORT or unix:PATH";
    }

    private static string? ParsePath(string path, out EndPoint? local)
    {
        local = null;
        if (path.Length == 0) return "'unix:' has no path; write unix:PATH";
        try
        {
            local = new UnixDomainSocketEndPoint(path);
            return null;
        }
        catch (ArgumentOutOfRangeException)
        {
            return $"'{path}' is too long for a Unix socket; 107 bytes is the limit";
        }
    }
}
