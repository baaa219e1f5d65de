using System.Collections;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>A text from outside and the name of the place where it was written, for the error that it may cause.</summary>
internal readonly record struct ConfigurationValue(string Text, string WrittenAs);

/// <summary>
/// What one level says: the command line, the environment, or the file. Keys are paths with colons, without case; the
/// items of a list have their index as the last part, as in .NET's own configuration.
/// </summary>
internal sealed class ConfigurationLayer : IEnumerable<KeyValuePair<string, ConfigurationValue>>
{
    /// <summary>The text of a list without items, which is not the same as no list: it replaces that of a lower level.</summary>
    public const string EmptyList = "[]";

    /// <summary>The text of an object without properties below a section.</summary>
    public const string EmptyItem = "{}";

    private readonly Dictionary<string, ConfigurationValue> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a text.</summary>
    /// <returns>False when there is one under this key already.</returns>
    public bool TryAdd(string key, string text, string writtenAs) => _values.TryAdd(key, new ConfigurationValue(text, writtenAs));

    /// <summary>The text under exactly this key.</summary>
    public bool TryGet(string key, out ConfigurationValue value) => _values.TryGetValue(key, out value);

    /// <summary>The parts that follow <paramref name="key"/> directly: names, or indexes in their numeric order.</summary>
    public IReadOnlyList<string> Children(string key)
    {
        var children = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var path in _values.Keys)
        {
            if (path.Length <= key.Length || path[key.Length] != ':' || !path.StartsWith(key, StringComparison.OrdinalIgnoreCase))
                continue;
            var rest = path.AsSpan(key.Length + 1);
            var end = rest.IndexOf(':');
            children.Add((end < 0 ? rest : rest[..end]).ToString());
        }
        return [.. children.OrderBy(child => child.Length).ThenBy(child => child, StringComparer.OrdinalIgnoreCase)];
    }

    public IEnumerator<KeyValuePair<string, ConfigurationValue>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
