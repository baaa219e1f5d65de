using System.Globalization;

namespace Socks5Egress.Admin;

/// <summary>Numbers as people read them.</summary>
internal static class HumanReadable
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

    /// <summary>Such as <c>1.5 MiB</c>.</summary>
    public static string Bytes(double bytes)
    {
        var unit = 0;
        for (; bytes >= 1024 && unit < Units.Length - 1; unit++) bytes /= 1024;
        return string.Create(CultureInfo.InvariantCulture, $"{bytes.ToString(unit == 0 || bytes >= 100 ? "0" : "0.0", CultureInfo.InvariantCulture)} {Units[unit]}");
    }

    /// <summary>Such as <c>2h 05m</c>.</summary>
    public static string Time(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalSeconds}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m {time.Seconds:00}s"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h {time.Minutes:00}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalDays}d {time.Hours:00}h"),
    };

    /// <summary>Such as <c>3.2 ms</c>; a dash for none.</summary>
    public static string Milliseconds(double? milliseconds) => milliseconds switch
    {
        null or double.NaN => "–",
        >= 1000 and var long_ => string.Create(CultureInfo.InvariantCulture, $"{long_ / 1000:0.0} s"),
        >= 100 and var some => string.Create(CultureInfo.InvariantCulture, $"{some:0} ms"),
        var few => string.Create(CultureInfo.InvariantCulture, $"{few:0.0} ms"),
    };
}
