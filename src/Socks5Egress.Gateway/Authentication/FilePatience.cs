using System.Diagnostics;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>How long the files of one configuration may take together. They may lie on a network that is down, and a wait without end tells nobody.</summary>
/// <param name="all">For all of them.</param>
internal sealed class FilePatience(TimeSpan all)
{
    /// <summary>What a file on the gateway's own disk never needs, whatever the others took.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(250);

    private readonly long _begun = Stopwatch.GetTimestamp();

    /// <summary>At the start: a share may still be on its way, or a program that writes into a pipe.</summary>
    public static FilePatience OfStart => new(TimeSpan.FromSeconds(10));

    /// <summary>While the gateway runs: the old configuration holds meanwhile, and the log should say so soon.</summary>
    public static FilePatience OfReload => new(TimeSpan.FromSeconds(2));

    /// <summary>A look whether anything has changed, each second.</summary>
    public static FilePatience OfLook => new(TimeSpan.FromSeconds(1));

    /// <summary>What is left for the next one.</summary>
    public TimeSpan Left => all - Stopwatch.GetElapsedTime(_begun) is var left && left > Least ? left : Least;
}
