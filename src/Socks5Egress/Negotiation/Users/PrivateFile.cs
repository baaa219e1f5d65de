namespace Socks5Egress.Negotiation.Users;

/// <summary>A file with something in it that is not for every user of the machine.</summary>
internal static class PrivateFile
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads it, unless others than its owner and group can read or write it too.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="text">What it holds; empty where that cannot be had.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    public static string? Read(string path, out string text)
    {
        text = "";
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
                return $"'{path}' can be read or written by every user of this machine; run: chmod 640 '{path}'";
            text = File.ReadAllText(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"'{path}' cannot be read: {e.Message}";
        }
    }
}
