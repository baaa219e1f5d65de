namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>What a forward to a well-known kind of server is set to, unless it says otherwise.</summary>
/// <param name="Name">As it is written.</param>
/// <param name="Port">For targets that name none.</param>
/// <param name="Check">How several targets are checked.</param>
/// <param name="KeepAlive">Silence before TCP asks; shorter than what load balancers and NATs in between forget after.</param>
/// <param name="IdleTimeout">Zero where a pool may rest for hours and the server itself ends what is too old.</param>
internal sealed record ForwardPreset(string Name, ushort Port, TargetCheckKind Check, TimeSpan KeepAlive, TimeSpan IdleTimeout)
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    public static IReadOnlyList<ForwardPreset> All { get; } =
    [
        new("postgres", 5432, TargetCheckKind.Postgres, Minute, TimeSpan.Zero),
        new("mysql", 3306, TargetCheckKind.Tcp, Minute, TimeSpan.Zero),
        new("mongodb", 27017, TargetCheckKind.Tcp, Minute, TimeSpan.Zero),
        new("redis", 6379, TargetCheckKind.Tcp, Minute, TimeSpan.Zero),
        // SQL Server's own clients and server ask after 30 s; Azure's gateways expect it
        new("mssql", 1433, TargetCheckKind.Tcp, TimeSpan.FromSeconds(30), TimeSpan.Zero),
        // A browser or HTTP library opens another one without a word
        new("https", 443, TargetCheckKind.Tcp, Minute, TimeSpan.FromMinutes(5)),
    ];
}
