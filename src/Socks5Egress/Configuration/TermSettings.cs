using System.Globalization;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>How long sessions may go on and how fast, as policies, routes, forwards and accounts of the file say it.</summary>
internal static class TermSettings
{
    private const long LeastRate = 8_000, MostRate = 32_000_000_000;

    private static readonly Setting<TimeSpan?> LifetimeSetting = new("Lifetime", "", "DURATION", null, "Age from which a session is due to end", ParseLifetime);

    private static readonly Setting<double?> JitterSetting = new("Jitter", "", "PART", null, "Part of the lifetime, 0 to 0.5, by which sessions are due earlier", ParseJitter);

    private static readonly Setting<bool?> FollowSetting = new("Follow", "", "", null, "Sessions end when their address has left DNS",
        Choice.Of<bool?>(("true", true), ("false", false)));

    private static readonly Setting<long?> RateSetting = new("Rate", "", "BITS", null, "Bits a second in each direction of a session", ParseRate);

    /// <summary>What one section says.</summary>
    /// <param name="reader">Where it comes from.</param>
    /// <param name="section">Its key.</param>
    /// <param name="hasRate">A pace can be said there.</param>
    public static SessionTerms Read(SettingsReader reader, string section, bool hasRate = false) => new(
        reader.Read(LifetimeSetting.In(section, "Lifetime")), reader.Read(JitterSetting.In(section, "Jitter")), reader.Read(FollowSetting.In(section, "Follow")),
        hasRate ? ReadRate(reader, section) : null);

    /// <summary>The pace that a section says; null: none is said.</summary>
    public static long? ReadRate(SettingsReader reader, string section) => reader.Read(RateSetting.In(section, "Rate"));

    /// <summary>Bits a second: a number, or one with K, M or G, which are thousands here; 0: no limit.</summary>
    public static string? ParseRate(string text, out long? rate)
    {
        rate = null;
        var factor = text.Length == 0 ? 1 : text[^1] switch { 'K' or 'k' => 1_000L, 'M' or 'm' => 1_000_000, 'G' or 'g' => 1_000_000_000, _ => 1 };
        if (!decimal.TryParse(factor == 1 ? text : text[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > MostRate)
            return $"'{text}' is not a rate; write bits a second, or a number with K, M or G, such as 100M";
        var bits = (long)(number * factor);
        if (bits != 0 && bits is < LeastRate or > MostRate) return $"'{text}' is not between 8K and 32G bits a second";
        rate = bits;
        return null;
    }

    private static string? ParseLifetime(string text, out TimeSpan? lifetime)
    {
        var error = DurationParser.Parse(text, out var duration);
        lifetime = error is null ? duration : null;
        return error;
    }

    private static string? ParseJitter(string text, out double? jitter)
    {
        jitter = null;
        if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var part) || part > 0.5m)
            return $"'{text}' is not a part from 0 to 0.5, such as 0.1";
        jitter = (double)part;
        return null;
    }
}
