using System.Globalization;

namespace Socks5Egress.Configuration;

/// <summary>
/// Durations as they are written: a number and <c>ms</c>, <c>s</c>, <c>m</c> or <c>h</c>. A bare number is refused,
/// except 0: half of its readers would take it for milliseconds.
/// </summary>
internal static class DurationParser
{
    /// <summary>What the timers below can hold, rounded down.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1000);

    private static readonly (string Unit, decimal Milliseconds)[] Units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

    /// <inheritdoc cref="TextParser{T}"/>
    public static string? Parse(string text, out TimeSpan duration)
    {
        duration = TimeSpan.Zero;
        if (text == "0") return null;
        foreach (var (unit, milliseconds) in Units)
        {
            if (!text.EndsWith(unit, StringComparison.Ordinal) || !TryNumber(text.AsSpan(0, text.Length - unit.Length), out var number)) continue;
            if (number * milliseconds > (decimal)Longest.TotalMilliseconds) return $"'{text}' is longer than 1000h";
            duration = TimeSpan.FromMilliseconds((double)(number * milliseconds));
            return null;
        }
        return TryNumber(text, out _)
            ? $"'{text}' has no unit; write {text}s, or {text}ms, m or h"
            : $"'{text}' is not a duration; write a number with ms, s, m or h, such as 500ms or 10s";
    }

    /// <summary>The shortest exact way to write a duration.</summary>
    public static string Format(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero) return "0";
        var milliseconds = (decimal)duration.TotalMilliseconds;
        var (unit, size) = Units.Last(unit => milliseconds % unit.Milliseconds == 0 || unit.Milliseconds == 1);
        return (milliseconds / size).ToString(CultureInfo.InvariantCulture) + unit;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out decimal number)
    {
        number = 0;
        return text.Length is > 0 and <= 12 && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1])
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number);
    }
}
