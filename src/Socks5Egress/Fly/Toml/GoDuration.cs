using System.Globalization;

namespace Socks5Egress.Fly.Toml;

/// <summary>Durations as Fly.io writes them: Go's, such as <c>300s</c>, <c>1m30s</c>, <c>0.5h</c>. A bare number is none.</summary>
internal static class GoDuration
{
    private static readonly (string Unit, double Seconds)[] Units =
        [("ms", 1e-3), ("us", 1e-6), ("µs", 1e-6), ("ns", 1e-9), ("s", 1), ("m", 60), ("h", 3600)];

    public static bool TryParse(ReadOnlySpan<char> text, out TimeSpan duration)
    {
        duration = default;
        if (text.IsEmpty) return false;
        double seconds = 0;
        while (!text.IsEmpty)
        {
            int digits = 0;
            while (digits < text.Length && (char.IsAsciiDigit(text[digits]) || text[digits] == '.')) digits++;
            if (!double.TryParse(text[..digits], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)) return false;
            text = text[digits..];
            var found = false;
            foreach (var (unit, length) in Units)
            {
                if (!text.StartsWith(unit, StringComparison.Ordinal)) continue;
                seconds += number * length;
                text = text[unit.Length..];
                found = true;
                break;
            }

            if (!found || seconds > 1e9) return false;
        }

        duration = TimeSpan.FromSeconds(seconds);
        return true;
    }
}
