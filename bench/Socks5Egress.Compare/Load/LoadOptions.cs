using System.Globalization;

namespace Socks5Egress.Compare.Load;

/// <summary>What kind of load.</summary>
internal enum LoadKind
{
    Download,
    Upload,
    RequestReply,
    OpenLoop,
    Connect,
    Hold,
}

/// <summary>One measurement, as the runner tells it to the load process.</summary>
internal sealed record LoadOptions
{
    public LoadKind Kind { get; init; }

    /// <summary>How many at once.</summary>
    public int Connections { get; init; } = 1;

    /// <summary>Of those that are held open, how many work.</summary>
    public int Active { get; init; }

    /// <summary>The measured span.</summary>
    public double Seconds { get; init; } = 1;

    /// <summary>The span before it that does not count.</summary>
    public double WarmUp { get; init; } = 0.2;

    /// <summary>Requests a second of the open loop.</summary>
    public int Rate { get; init; }

    /// <summary>Where to connect.</summary>
    public int Port { get; init; }

    /// <summary>The target's port: asked for its counters, and what a SOCKS proxy is told to dial.</summary>
    public int Target { get; init; }

    /// <summary>Whether what listens at <see cref="Port"/> speaks SOCKS5.</summary>
    public bool Socks { get; init; }

    /// <summary>Whether it speaks TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>Whether greeting, request and first message go out in one write, without waiting for an answer.</summary>
    public bool Pipelined { get; init; }

    /// <summary>The proxy's first process; 0 when there is none.</summary>
    public int Proxy { get; init; }

    /// <summary>The core to stay on, or -1.</summary>
    public int Core { get; init; } = -1;

    public IEnumerable<string> ToArguments() =>
    [
        $"{Kind}", Text(Connections), Text(Active), Text(Seconds), Text(WarmUp), Text(Rate), Text(Port), Text(Target), $"{Socks}",
        Text(Proxy), Text(Core), $"{Tls}", $"{Pipelined}",
    ];

    public static LoadOptions FromArguments(ReadOnlySpan<string> words) => new()
    {
        Kind = Enum.Parse<LoadKind>(words[0]),
        Connections = Number(words[1]),
        Active = Number(words[2]),
        Seconds = double.Parse(words[3], CultureInfo.InvariantCulture),
        WarmUp = double.Parse(words[4], CultureInfo.InvariantCulture),
        Rate = Number(words[5]),
        Port = Number(words[6]),
        Target = Number(words[7]),
        Socks = bool.Parse(words[8]),
        Proxy = Number(words[9]),
        Core = Number(words[10]),
        Tls = bool.Parse(words[11]),
        Pipelined = bool.Parse(words[12]),
    };

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
