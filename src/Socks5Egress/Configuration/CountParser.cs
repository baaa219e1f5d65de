using System.Globalization;

namespace Socks5Egress.Configuration;

/// <summary>Numbers of things as they are written.</summary>
internal static class CountParser
{
    /// <summary>From 1 on.</summary>
    public static string? Parse(string text, out int? count)
    {
        count = null;
        if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return $"'{text}' is not a number from 1 on";
        count = number;
        return null;
    }

    /// <summary>From 0 on; 0 is off.</summary>
    public static string? ParseOrZero(string text, out int count) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out count)
        ? null
        : $"'{text}' is not a number from 0 on";
}
