namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// Files that decide who is let in. None of them may be written by every user of the machine, and what holds a secret may not be
/// read by them either. The mode is that of the open file, so that a link which is turned meanwhile changes nothing.
/// </summary>
internal static class PrivateFile
{
    private const UnixFileMode Others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    /// <summary>Reads a file with a secret in it.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="patience">How long that may take.</param>
    /// <param name="text">What it holds; empty when something is wrong.</param>
    /// <returns>Null, or what is wrong and what to do.</returns>
    public static string? Read(string path, FilePatience patience, out string text) => ReadText(path, patience, Others, out text);

    /// <summary>Reads a file with a secret in it that is no text.</summary>
    /// <inheritdoc cref="Read"/>
    /// <param name="path">Where it is.</param>
    /// <param name="patience">How long that may take.</param>
    /// <param name="bytes">What it holds; empty when something is wrong.</param>
    public static string? ReadBytes(string path, FilePatience patience, out byte[] bytes) => Read(path, patience, Others, out bytes);

    /// <summary>Reads a file that everybody may know, and not everybody may change.</summary>
    /// <inheritdoc cref="Read"/>
    public static string? ReadTrusted(string path, FilePatience patience, out string text) => ReadText(path, patience, UnixFileMode.OtherWrite, out text);

    private static string? ReadText(string path, FilePatience patience, UnixFileMode forbidden, out string text)
    {
        text = "";
        return Read(path, patience, forbidden, out var bytes) ?? (StrictText.Read(bytes, out text) is { } fault ? $"'{path}', {fault}" : null);
    }

    private static string? Read(string path, FilePatience patience, UnixFileMode forbidden, out byte[] bytes)
    {
        bytes = [];
        try
        {
            var content = FileContent.Read(path, patience);
            if ((content.Mode & forbidden) is not UnixFileMode.None and var open)
            {
                var what = open.HasFlag(UnixFileMode.OtherWrite) ? open.HasFlag(UnixFileMode.OtherRead) ? "read and written" : "written" : "read";
                var mode = forbidden.HasFlag(UnixFileMode.OtherRead) ? "640" : "o-w";
                return $"'{path}' can be {what} by every user of this machine; run: chmod {mode} '{path}'";
            }

            bytes = content.Bytes;
            return null;
        }
        catch (IOException e) when (e.InnerException is FileNotFoundException or DirectoryNotFoundException)
        {
            return forbidden.HasFlag(UnixFileMode.OtherRead) && !IsLikePath(path)
                ? "there is no file of that name, which is not repeated here, as it may be the secret itself; write the secret into a file, and name that"
                : $"'{path}' cannot be read: there is no such file";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or TimeoutException)
        {
            return $"'{path}' cannot be read: {e.Message}";
        }
    }

    /// <summary>Folders from the root, one that is there, or the ending of a file's name: a token or a password hardly has any of them.</summary>
    private static bool IsLikePath(string path)
    {
        var folder = Path.GetDirectoryName(path);
        return folder is { Length: > 0 } && (Directory.Exists(folder) || (Path.IsPathRooted(path) && path.AsSpan().IndexOfAny("+=:") < 0))
            || Path.GetExtension(path) is { Length: > 1 and <= 6 } && path.Length <= 64;
    }
}
