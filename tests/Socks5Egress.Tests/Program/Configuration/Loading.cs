using Socks5Egress.Configuration;
using Xunit;

namespace Socks5Egress.Tests.Program.Configuration;

/// <summary>Loads configurations that tests write down as text.</summary>
internal static class Loading
{
    /// <param name="options">Pairs such as <c>Timeouts:Idle=10s</c>, as the command line gives them.</param>
    /// <param name="environment">Pairs such as <c>SOCKS5EGRESS_Timeouts__Idle=10s</c>.</param>
    /// <param name="json">The file, or null for none.</param>
    public static LoadedConfiguration Load(string[]? options = null, string[]? environment = null, string? json = null)
    {
        var layer = new ConfigurationLayer();
        foreach (var (key, text) in Pairs(options)) Assert.True(layer.TryAdd(key, text, "--" + key.Split(':').Last(part => !char.IsAsciiDigit(part[0])).ToLowerInvariant()));
        var variables = Pairs(environment).ToDictionary(pair => pair.Key, pair => pair.Text);
        if (json is null) return ConfigurationLoader.Load(layer, null, variables, onTerminal: false);

        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        File.WriteAllText(file, json);
        try
        {
            return ConfigurationLoader.Load(layer, file, variables, onTerminal: false);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Loads what must be right.</summary>
    public static GatewaySettings Settings(string[]? options = null, string[]? environment = null, string? json = null)
    {
        var loaded = Load(options, environment, json);
        Assert.Empty(loaded.Errors);
        return loaded.Settings!;
    }

    /// <summary>The one error of what must be wrong.</summary>
    public static string Error(string[]? options = null, string[]? environment = null, string? json = null)
    {
        var loaded = Load(options, environment, json);
        Assert.Null(loaded.Settings);
        return Assert.Single(loaded.Errors);
    }

    private static IEnumerable<(string Key, string Text)> Pairs(string[]? pairs)
        => (pairs ?? []).Select(pair => (pair[..pair.IndexOf('=')], pair[(pair.IndexOf('=') + 1)..]));
}
