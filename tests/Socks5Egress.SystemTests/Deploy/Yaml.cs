using Socks5Egress.SystemTests.Harness;
using YamlDotNet.RepresentationModel;

namespace Socks5Egress.SystemTests.Deploy;

/// <summary>Reads the YAML files under deploy/.</summary>
internal static class Yaml
{
    /// <summary>The documents of a file, each a mapping.</summary>
    public static IReadOnlyList<YamlMappingNode> Read(params string[] path)
    {
        var stream = new YamlStream();
        using var text = File.OpenText(RepositoryRoot.Of(["deploy", .. path]));
        stream.Load(text);
        return [.. stream.Documents.Select(document => (YamlMappingNode)document.RootNode)];
    }

    /// <summary>What stands at a path of keys, or null.</summary>
    public static YamlNode? At(this YamlNode? node, params string[] keys)
    {
        foreach (var key in keys) node = node is YamlMappingNode mapping && mapping.Children.TryGetValue(key, out var child) ? child : null;
        return node;
    }

    public static string? Text(this YamlNode? node) => (node as YamlScalarNode)?.Value;

    /// <summary>The items of a sequence; none where there is no sequence.</summary>
    public static IEnumerable<YamlNode> Items(this YamlNode? node) => node is YamlSequenceNode sequence ? sequence : [];

    /// <summary>The entries of a mapping; none where there is no mapping.</summary>
    public static IEnumerable<(string Key, YamlNode Value)> Entries(this YamlNode? node) =>
        node is YamlMappingNode mapping ? mapping.Select(pair => (pair.Key.Text()!, pair.Value)) : [];
}
