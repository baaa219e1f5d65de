using System.Text;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Files that decide who is let in. None of them may be written by every user of the machine, and what holds a secret may not be
/// read by them either. The mode is that of the open file, so that a link which is turned meanwhile changes nothing.
/// </summary>
internal static class PrivateFile
{
    /// <summary>Reads a file with a secret in it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="text">What it holds; empty where that cannot be had.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    public static string? Read(string path, out string text) => Read(path, UnixFileMode.OtherRead | UnixFileMode.OtherWrite, out text);

    /// <inheritdoc cref="Read(string, out string)"/>
    /// <param name="path">Where it is.</param>
    /// <param name="bytes">What it holds; empty where that cannot be had.</param>
    public static string? ReadBytes(string path, out byte[] bytes)
    {
        var error = Read(path, UnixFileMode.OtherRead | UnixFileMode.OtherWrite, out var text, Encoding.Latin1);
        bytes = Encoding.Latin1.GetBytes(text);
        return error;
    }

    /// <summary>Reads a file that everybody may know, and not everybody may change.</summary>
    /// <inheritdoc cref="Read(string, out string)"/>
    public static string? ReadTrusted(string path, out string text) => Read(path, UnixFileMode.OtherWrite, out text);

    private static string? Read(string path, UnixFileMode forbidden, out string text, Encoding? encoding = null)
    {
        text = "";
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & forbidden) is not UnixFileMode.None and var open)
            {
                var what = open.HasFlag(UnixFileMode.OtherWrite) ? open.HasFlag(UnixFileMode.OtherRead) ? "read and written" : "written" : "read";
                var mode = forbidden.HasFlag(UnixFileMode.OtherRead) ? "640" : "o-w";
                return $"'{path}' can be {what} by every user of this machine; run: chmod {mode} '{path}'";
            }
            using var reader = new StreamReader(file, encoding ?? Encoding.UTF8, detectEncodingFromByteOrderMarks: encoding is null);
            text = reader.ReadToEnd();
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return $"'{path}' cannot be read: {e.Message}";
        }
    }
}
