using Socks5Egress.Fly.Toml;

namespace Socks5Egress.Cli.Fly;

/// <summary>A Fly.io configuration on disk.</summary>
internal static class EgressTomlFile
{
    /// <summary>The app of the <c>fly.toml</c> in this folder, or null.</summary>
    public static string? AppHere() => File.Exists("fly.toml") && Read("fly.toml", out _)?["app"] is { Kind: TomlKind.Text, Text: { Length: > 0 } name } ? name : null;

    /// <returns>Null and what is wrong when it cannot be read or is no TOML.</returns>
    public static TomlNode? Read(string file, out string? fault)
    {
        try
        {
            var node = TomlFile.Read(File.ReadAllText(file), out var broken);
            fault = broken is null ? null : $"{file} is not TOML: {broken}";
            return node;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = $"{file} cannot be read: {exception.Message}";
            return null;
        }
    }
}
