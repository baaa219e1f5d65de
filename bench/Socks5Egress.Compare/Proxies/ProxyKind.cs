using System.Globalization;

namespace Socks5Egress.Compare.Proxies;

/// <summary>One way from the client to the target, and how it is started.</summary>
/// <param name="Name">As it stands in results and after <c>--only</c>.</param>
/// <param name="Title">As it stands in tables.</param>
/// <param name="Family">Whose bar it counts for.</param>
/// <param name="Executable">Null for the direct path.</param>
/// <param name="Arguments">With <c>@LISTEN@</c>, <c>@TARGET@</c>, <c>@ADMIN@</c> (ports), <c>@CERTIFICATE@</c> (a file with its key) and <c>@CONFIG@</c> (the file made from the template).</param>
/// <param name="Template">A file of <c>bench/compare</c>, or null.</param>
/// <param name="Variables">Further names in the template.</param>
internal sealed record ProxyKind(
    string Name,
    string Title,
    ProxyFamily Family,
    string? Executable = null,
    string Arguments = "",
    string? Template = null,
    params (string Name, string Value)[] Variables)
{
    /// <summary>Ends TLS, and leads to one place like its peers: for the scenarios with TLS, and no others.</summary>
    public bool Tls { get; init; }

    /// <summary>Whether the client must say where to.</summary>
    public bool Socks => !Tls && Family is ProxyFamily.Ours or ProxyFamily.Socks or ProxyFamily.Limit;

    /// <summary>Whether a client may send it the whole handshake and its first message at once: our private method only. Other peers get the strict sequence.</summary>
    public bool Pipelines => Socks && Family != ProxyFamily.Socks;

    /// <summary>Only started, never loaded: a figure of its own in the table of bars.</summary>
    public bool StartOnly { get; init; }

    /// <summary>The most sessions it is asked to hold: one process a session makes more of them a test of the kernel.</summary>
    public int MostSessions { get; init; } = int.MaxValue;

    /// <summary>All of them; the first is what the generator is checked against.</summary>
    public static IReadOnlyList<ProxyKind> All(string ours) =>
    [
        new("direct", "direct", ProxyFamily.Direct),
        Ours("sockets", "ours, sockets", ours, "--admin 127.0.0.1:@ADMIN@ --transport sockets"),
        Ours("epoll", "ours, epoll", ours, "--admin 127.0.0.1:@ADMIN@ --transport epoll"),
        Ours("no-admin", "ours, epoll, `--admin off`", ours, "--admin off --transport epoll") with { StartOnly = true },
        // Compiled by bench/compare/run from limit.c
        new("limit", "the limit: a relay in C", ProxyFamily.Limit, "limit", "@LISTEN@"),
        new("haproxy-splice", "HAProxy, splice", ProxyFamily.Forwarder, "haproxy", "-db -f @CONFIG@", "haproxy.cfg", ("SPLICE", "option")),
        new("haproxy", "HAProxy", ProxyFamily.Forwarder, "haproxy", "-db -f @CONFIG@", "haproxy.cfg", ("SPLICE", "no option")),
        new("nginx", "nginx stream", ProxyFamily.Forwarder, "nginx", "-c @CONFIG@", "nginx.conf"),
        new("microsocks", "microsocks", ProxyFamily.Socks, "microsocks", "-i 127.0.0.1 -p @LISTEN@"),
        new("dante", "Dante", ProxyFamily.Socks, "danted", "-f @CONFIG@ -p @CONFIG@.pid", "danted.conf"),
        new("socat", "socat", ProxyFamily.Forwarder, "socat",
            "TCP-LISTEN:@LISTEN@,bind=127.0.0.1,fork,reuseaddr,backlog=4096,nodelay TCP:127.0.0.1:@TARGET@,nodelay") { MostSessions = 1000 },
        OursTls("sockets-tls", "ours, sockets, TLS", ours, "sockets"),
        OursTls("epoll-tls", "ours, epoll, TLS", ours, "epoll"),
        new("haproxy-tls", "HAProxy, TLS", ProxyFamily.Forwarder, "haproxy", "-db -f @CONFIG@", "haproxy-tls.cfg") { Tls = true },
        new("stunnel", "stunnel", ProxyFamily.Forwarder, "stunnel", "@CONFIG@", "stunnel.conf") { Tls = true },
    ];

    /// <summary>Fills in what stands between @ signs.</summary>
    public string Fill(string text, int listen, int target, int admin, string config, string certificate)
    {
        foreach ((string name, string value) in Variables) text = text.Replace($"@{name}@", value, StringComparison.Ordinal);
        return text
            .Replace("@LISTEN@", listen.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@TARGET@", target.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@ADMIN@", admin.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
            .Replace("@CONFIG@", config, StringComparison.Ordinal)
            .Replace("@CERTIFICATE@", certificate, StringComparison.Ordinal);
    }

    private static ProxyKind OursTls(string name, string title, string executable, string transport) =>
        new(name, title, ProxyFamily.Ours, executable,
            "run --listen 127.0.0.1:0 --forward 127.0.0.1:@LISTEN@=127.0.0.1:@TARGET@ --allow 127.0.0.0/8 --log json --admin 127.0.0.1:@ADMIN@ "
            + $"--tls-cert @CERTIFICATE@ --tls-key @CERTIFICATE@ --transport {transport}") { Tls = true };

    private static ProxyKind Ours(string name, string title, string executable, string options) =>
        new(name, title, ProxyFamily.Ours, executable, $"run --listen 127.0.0.1:@LISTEN@ --allow 127.0.0.0/8 --log json {options}");
}

/// <summary>What a proxy is compared as.</summary>
internal enum ProxyFamily
{
    Direct,
    Ours,

    /// <summary>Forwards to one place: no handshake to do.</summary>
    Forwarder,

    /// <summary>Another SOCKS5 server.</summary>
    Socks,

    /// <summary>The least that such a proxy can cost: no peer, and no bar is against it.</summary>
    Limit,
}
