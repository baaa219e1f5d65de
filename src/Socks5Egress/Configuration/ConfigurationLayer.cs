using System.Collections;

namespace Socks5Egress.Configuration;

/// <summary>A text from outside and the name of the place where it was written, for the error that it may cause.</summary>
/// <param name="Text">What was written.</param>
/// <param name="WrittenAs">Where.</param>
internal readonly record struct ConfigurationValue(string Text, string WrittenAs)
{
    /// <summary>It stands in the file without quotes: a number, <c>true</c> or <c>false</c>.</summary>
    public bool IsBare { get; init; }
}

/// <summary>An object or a list of the file, and the name of its place.</summary>
internal readonly record struct ConfigurationContainer(bool IsList, string WrittenAs);

/// <summary>
/// What one level says: the command line, the environment, or the file. Keys are paths with colons, without case; the
/// items of a list have their index as the last part, as in .NET's own configuration.
/// </summary>
internal sealed class ConfigurationLayer : IEnumerable<KeyValuePair<string, ConfigurationValue>>
{
    /// <summary>The text of a list without items, which is not the same as no list: it replaces that of a lower level.</summary>
    public const string EmptyList = "[]";

    /// <summary>The text of an object without properties.</summary>
    public const string EmptyItem = "{}";

    private readonly Dictionary<string, ConfigurationValue> _values = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, ConfigurationContainer> _containers = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, HashSet<string>> _children = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What this level cannot mean, whatever the settings are: a null, a key that is given twice.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>It is the environment: its names are written in another form.</summary>
    public bool IsEnvironment { get; init; }

    /// <summary>Adds a text.</summary>
    /// <returns>False when there is one under this key already.</returns>
    public bool TryAdd(string key, string text, string writtenAs) => TryAdd(key, new ConfigurationValue(text, writtenAs));

    /// <inheritdoc cref="TryAdd(string, string, string)"/>
    public bool TryAdd(string key, ConfigurationValue value)
    {
        if (!_values.TryAdd(key, value)) return false;
        for (var (end, part) = (key.LastIndexOf(':'), key); end >= 0; (part, end) = (part[..end], part[..end].LastIndexOf(':')))
        {
            if (!_children.TryGetValue(part[..end], out var siblings))
                siblings = _children[part[..end]] = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            if (!siblings.Add(part[(end + 1)..])) break;
        }
        return true;
    }

    /// <summary>Says what stands at this key as a whole.</summary>
    public void Contains(string key, bool isList, string writtenAs) => _containers[key] = new ConfigurationContainer(isList, writtenAs);

    /// <summary>The text under exactly this key.</summary>
    public bool TryGet(string key, out ConfigurationValue value) => _values.TryGetValue(key, out value);

    /// <summary>The object or list of the file under exactly this key. Other levels do not tell these apart.</summary>
    public bool TryGet(string key, out ConfigurationContainer container) => _containers.TryGetValue(key, out container);

    /// <summary>Whether it says anything at or below this key.</summary>
    public bool Has(string key) => _values.ContainsKey(key) || _children.ContainsKey(key);

    /// <summary>The parts that follow <paramref name="key"/> directly: names, or indexes in their numeric order.</summary>
    public IReadOnlyList<string> Children(string key) => _children.TryGetValue(key, out var children)
        ? [.. children.OrderBy(child => child.Length).ThenBy(child => child, StringComparer.OrdinalIgnoreCase)]
        : [];

    public IEnumerator<KeyValuePair<string, ConfigurationValue>> GetEnumerator() => _values.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
