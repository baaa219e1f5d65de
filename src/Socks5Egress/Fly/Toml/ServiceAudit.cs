using System.Globalization;

namespace Socks5Egress.Fly.Toml;

/// <summary>What Fly Proxy would do to sessions, by the services of a fly.toml.</summary>
internal static class ServiceAudit
{
    // A Machine has 1,024 connections to one destination address, and a database proxy sends nearly all to one
    private const long Ceiling = 1024;

    public static IEnumerable<TomlFinding> Audit(TomlNode file)
    {
        foreach (var service in file.Tables("services").Concat(file.Tables("http_service")))
        {
            foreach (var finding in Stopping(service).Concat(Concurrency(service)).Concat(Header(service, file))) yield return finding;
        }
    }

    private static IEnumerable<TomlFinding> Stopping(TomlNode service)
    {
        if (service["auto_stop_machines"] is not { } stop || stop.Text is "off" or "false") yield break;
        yield return stop.Text == "suspend"
            ? new(Severity.Warning, stop.Path, stop.Line, "after a resume the sessions look alive and are dead: write \"off\"")
            : new(Severity.Warning, stop.Path, stop.Line, "stops a Machine that has few connections, and cuts them: write \"off\"");
    }

    private static IEnumerable<TomlFinding> Concurrency(TomlNode service)
    {
        var limits = service["concurrency"];
        if (limits?["soft_limit"] is not { } soft)
            yield return new(Severity.Warning, service.Path + ".concurrency.soft_limit", service.Line, "is missing, and the default of 20 connections sends callers astray: write 600");
        else if (Number(soft) is <= 20)
            yield return new(Severity.Warning, soft.Path, soft.Line, "is " + soft.Text + ": an idle pool alone is over it; write 600");

        if (limits?["hard_limit"] is not { } hard)
            yield return new(Severity.Note, service.Path + ".concurrency.hard_limit", service.Line, "is missing: a Machine has at most 1,024 connections to one destination; write 1000");
        else if (Number(hard) is >= Ceiling)
            yield return new(Severity.Warning, hard.Path, hard.Line, "is " + hard.Text + ", but a Machine has at most 1,024 connections to one destination: write 1000");
    }

    private static IEnumerable<TomlFinding> Header(TomlNode service, TomlNode file)
    {
        var required = file["env.SOCKS5EGRESS_ProxyProtocol"]?.Text == "required";
        foreach (var port in service.Tables("ports"))
        {
            var handlers = port["handlers"];
            var sent = handlers?.Items.Any(handler => handler.Text == "proxy_proto") == true;
            if (sent == required) continue;
            yield return sent
                ? new(Severity.Warning, handlers!.Path, handlers.Line, "sends a PROXY header that the gateway takes for garbage: set SOCKS5EGRESS_ProxyProtocol = \"required\" in [env]")
                : new(Severity.Warning, port.Path + ".handlers", handlers?.Line ?? port.Line, "sends no PROXY header, but SOCKS5EGRESS_ProxyProtocol requires one: write handlers = [\"proxy_proto\"]");
        }
    }

    private static long? Number(TomlNode node) =>
        long.TryParse(node.Text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
