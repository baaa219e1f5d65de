namespace Socks5Egress.Configuration;

/// <summary>The keys that have a meaning, as they were read, and which of them somebody may have meant who wrote another one.</summary>
internal sealed class KnownKeys
{
    private readonly Dictionary<string, Setting?> _keys = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _sections = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds a key, and what is above it as sections.</summary>
    public void Add(string key, Setting? setting = null)
    {
        if (!_keys.TryAdd(key, setting)) return;
        for (var end = key.LastIndexOf(':'); end > 0 && _sections.Add(key[..end]);) end = key.LastIndexOf(':', end - 1);
    }

    /// <summary>Adds a key that holds others.</summary>
    public void AddSection(string key) => _sections.Add(key);

    /// <summary>Whether this very key holds a value.</summary>
    public bool Knows(string key) => _keys.ContainsKey(key);

    /// <summary>Whether there are keys below this one.</summary>
    public bool IsSection(string key) => _sections.Contains(key);

    /// <summary>The outermost part of a path that means nothing; null when only its last part has the wrong kind.</summary>
    public string? FirstUnknown(string path)
    {
        for (var end = path.IndexOf(':', StringComparison.Ordinal); ; end = path.IndexOf(':', end + 1))
        {
            var part = end < 0 ? path : path[..end];
            if (!Knows(part) && !IsSection(part)) return part;
            if (end < 0) return null;
        }
    }

    /// <summary>The known key that is written most like this one, as the file writes it.</summary>
    public string Nearest(string path) => Nearest(path, _keys.Keys.Concat(_sections).Select(key => (key, key.Replace(':', '.'))));

    /// <summary>The variable that is written most like the one of this path.</summary>
    public string NearestVariable(string path) => Nearest(path, _keys.Keys.Select(key => (key, Variable(key)))
        .Concat(EnvironmentVariables.ReadDirectly.Select(name => (name[EnvironmentVariables.Prefix.Length..], name))));

    private static string Nearest(string path, IEnumerable<(string Key, string Written)> known)
        => known.MinBy(each => (Distance(path, each.Key), each.Key.Length, each.Key)).Written;

    private string Variable(string key) => _keys.GetValueOrDefault(key) is { } setting && setting.EnvironmentName.Length > 0
        ? setting.EnvironmentName
        : EnvironmentVariables.Prefix + key.Replace(":", "__", StringComparison.Ordinal);

    /// <summary>How many letters differ: in the whole path, or in its last part when that alone is right.</summary>
    private static int Distance(string written, string known)
    {
        var whole = Letters(written.ToUpperInvariant(), known.ToUpperInvariant());
        var last = 1 + Letters(Last(written).ToUpperInvariant(), Last(known).ToUpperInvariant());
        return Math.Min(whole, last);

        static string Last(string path) => path[(path.LastIndexOf(':') + 1)..];
    }

    // Levenshtein's distance, a row at a time; keys are short, and it is asked only for a mistake
    private static int Letters(string a, string b)
    {
        if (a.Length > 200) return a.Length;
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
