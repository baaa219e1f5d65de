using Socks5Egress.Compare.Load;

namespace Socks5Egress.Compare.Runs;

/// <summary>One kind of work at one size.</summary>
/// <param name="Name">As it stands in results and after <c>--scenario</c>.</param>
/// <param name="Load">What the load process does; the runner fills in ports and processes.</param>
internal sealed record Scenario(string Name, LoadOptions Load)
{
    /// <summary>On a proxy of its own, just started: what came before would show in its memory.</summary>
    public bool Fresh { get; init; }

    /// <summary>The proxy and the client on the first core, the target on the second.</summary>
    public bool Pinned { get; init; }

    /// <summary>The client speaks TLS to the proxy, and the proxy does not to the target.</summary>
    public bool Tls => Load.Tls;

    /// <summary>The proxy is only started and looked at.</summary>
    public bool IsStart => Load.Connections == 0;

    /// <summary>In the order in which they run within a round.</summary>
    public static IReadOnlyList<Scenario> All(double seconds, bool quick) =>
    [
        new("start", new LoadOptions { Connections = 0 }) { Fresh = true },
        ReplyScenario("reply-1", 1, seconds),
        ReplyScenario("reply-16", 16, seconds),
        ReplyScenario("reply-128", 128, seconds),
        ReplyScenario("reply-1-pinned", 1, seconds) with { Fresh = true, Pinned = true },
        new("open-loop", new LoadOptions { Kind = LoadKind.OpenLoop, Connections = 64, Rate = 10_000, Seconds = seconds }),
        BulkScenario("bulk-1-down", LoadKind.Download, 1, seconds),
        BulkScenario("bulk-1-up", LoadKind.Upload, 1, seconds),
        BulkScenario("bulk-8-down", LoadKind.Download, 8, seconds),
        BulkScenario("bulk-8-up", LoadKind.Upload, 8, seconds),
        BulkScenario("bulk-64-down", LoadKind.Download, 64, seconds),
        BulkScenario("bulk-64-up", LoadKind.Upload, 64, seconds),
        new("connect-1", new LoadOptions { Kind = LoadKind.Connect, Connections = 1, Seconds = seconds }),
        new("connect-32", new LoadOptions { Kind = LoadKind.Connect, Connections = 32, Seconds = seconds }),
        new("connect-32-pipelined", new LoadOptions { Kind = LoadKind.Connect, Connections = 32, Seconds = seconds, Pipelined = true }),
        new("idle-1000", new LoadOptions { Kind = LoadKind.Hold, Connections = 1000 }) { Fresh = true },
        new("idle-9500", new LoadOptions { Kind = LoadKind.Hold, Connections = 9500, Active = quick ? 0 : 128, Seconds = seconds * 0.8 }) { Fresh = true },
        InTls(ReplyScenario("reply-16", 16, seconds)),
        InTls(BulkScenario("bulk-1-down", LoadKind.Download, 1, seconds)),
        InTls(BulkScenario("bulk-1-up", LoadKind.Upload, 1, seconds)),
        InTls(BulkScenario("bulk-8-down", LoadKind.Download, 8, seconds)),
        InTls(BulkScenario("bulk-8-up", LoadKind.Upload, 8, seconds)),
        InTls(new("connect-32", new LoadOptions { Kind = LoadKind.Connect, Connections = 32, Seconds = seconds })),
        InTls(new("idle-1000", new LoadOptions { Kind = LoadKind.Hold, Connections = 1000 }) { Fresh = true }),
    ];

    private static Scenario InTls(Scenario plain) => plain with { Name = $"tls-{plain.Name}", Load = plain.Load with { Tls = true } };

    private static Scenario ReplyScenario(string name, int connections, double seconds) =>
        new(name, new LoadOptions { Kind = LoadKind.RequestReply, Connections = connections, Seconds = seconds });

    private static Scenario BulkScenario(string name, LoadKind kind, int connections, double seconds) =>
        new(name, new LoadOptions { Kind = kind, Connections = connections, Seconds = seconds });
}
