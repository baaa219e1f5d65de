using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;

namespace Socks5Egress.Configuration;

/// <summary>One target of a forward, and the rule that allows exactly it.</summary>
/// <param name="Destination">The target; of a pattern its text.</param>
/// <param name="Rule">The rule.</param>
/// <param name="IsName">The client names it in its ClientHello (<c>sni:</c>).</param>
internal readonly record struct ForwardTarget(Destination Destination, Rule Rule, bool IsName = false);

/// <summary>The texts of a forward: <c>LISTEN=HOST:PORT[,HOST:PORT…]</c>, and the parts that the file names one by one.</summary>
internal static class ForwardParser
{
    private const int MostCount = 100;
    private static readonly TimeSpan LeastInterval = TimeSpan.FromMilliseconds(10);

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out (IPEndPoint Listen, ImmutableArray<ForwardTarget> Targets) forward)
    {
        forward = default;
        var equals = text.IndexOf('=');
        if (equals < 0) return $"'{text}' is not LISTEN=HOST:PORT; write for example 127.0.0.1:5432=db.example.com:5432";
        if (ParseListen(text[..equals], out var listen) is { } listenError) return listenError;
        var targets = ImmutableArray.CreateBuilder<ForwardTarget>();
        var parser = new ForwardTargetParser(listen!.Port, null);
        foreach (var part in text[(equals + 1)..].Split(',', StringSplitOptions.TrimEntries))
        {
            if (parser.Parse(part, out var target) is { } targetError) return targetError;
            targets.Add(target);
        }
        if (SniTargets.Fault(targets.ToImmutable(), listen.Port, null) is { } error) return error;
        forward = (listen, targets.ToImmutable());
        return null;
    }

    /// <summary><c>ADDR:PORT</c>, or <c>PORT</c> for 127.0.0.1.</summary>
    public static string? ParseListen(string text, out IPEndPoint? listen)
    {
        if (text.Length == 0 || !text.All(char.IsAsciiDigit)) return EndPointParser.Parse(text, out listen);
        listen = null;
        if (!ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port)) return $"'{text}' is not a port from 0 to 65535";
        listen = new IPEndPoint(IPAddress.Loopback, port);
        return null;
    }

    /// <summary><c>HOST:PORT</c>, or <c>HOST</c> where a preset has a port.</summary>
    public static string? ParseTarget(string text, ushort? port, out ForwardTarget target)
    {
        target = default;
        // A bracketed address ends in one when it has no port
        var whole = port is { } known && (text.EndsWith(']') || !text.Contains(':'))
            ? string.Create(CultureInfo.InvariantCulture, $"{text}:{known}")
            : text;
        if (TargetParser.Parse(whole, out var destination) is { } error) return error;
        if (!Rule.TryParse(destination.ToString(), out var rule, out var ruleError)) return $"'{text}' can be no target: {ruleError}";
        target = new ForwardTarget(destination, rule);
        return null;
    }

    /// <summary>What is wrong with so many targets, or null.</summary>
    public static string? TooMany(int targets) =>
        targets > TargetSelector.MostTargets ? $"there are {targets} targets; {TargetSelector.MostTargets} are the most" : null;

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? ParseInterval(string text, out TimeSpan interval) =>
        DurationParser.Parse(text, out interval) ?? (interval < LeastInterval ? $"'{text}' is shorter than 10ms" : null);

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? ParseDuration(string text, out TimeSpan? duration)
    {
        var error = DurationParser.Parse(text, out var parsed);
        duration = error is null ? parsed : null;
        return error;
    }

    /// <summary>TCP counts it in whole seconds, at most 32,767 (tcp(7)).</summary>
    public static string? ParseKeepAlive(string text, out TimeSpan? duration)
    {
        if (ParseDuration(text, out duration) is { } error) return error;
        return duration!.Value.TotalSeconds is >= 1 and <= 32767 && duration.Value.Ticks % TimeSpan.TicksPerSecond == 0
            ? null
            : $"'{text}' is not a whole number of seconds from 1s to 32767s";
    }

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? ParseCount(string text, out int count) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= MostCount
            ? null
            : $"'{text}' is not a number from 1 to {MostCount}";
}
