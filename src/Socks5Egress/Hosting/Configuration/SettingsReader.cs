using System.Collections.Immutable;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>
/// Reads settings from levels of which a higher one wins, and collects every error instead of stopping at the first.
/// </summary>
/// <remarks>
/// Not .NET's binder: it merges lists by index, so that a deny rule from the environment would silently take the place of
/// the file's first one, and it cannot say where a wrong value was written.
/// </remarks>
/// <param name="layers">The highest first.</param>
internal sealed class SettingsReader(IReadOnlyList<ConfigurationLayer> layers)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<string> _errors = [];
    private readonly List<EffectiveSetting> _effective = [];

    /// <summary>What is wrong, each with the name of the setting as it was written.</summary>
    public IReadOnlyList<string> Errors => _errors;

    /// <summary>What holds, in the order in which it was read.</summary>
    public IReadOnlyList<EffectiveSetting> Effective => _effective;

    /// <summary>Notes an error.</summary>
    public void Refuse(string writtenAs, string sentence) => _errors.Add($"{writtenAs}: {sentence}");

    /// <summary>Reads a setting that has a default.</summary>
    public T Read<T>(Setting<T> setting) => Read(setting, out _);

    /// <param name="setting">What to read.</param>
    /// <param name="writtenAs">Where it was written; the option's name when nobody wrote it.</param>
    public T Read<T>(Setting<T> setting, out string writtenAs)
    {
        if (!TryFind(setting.Key, out var found))
        {
            writtenAs = setting.Flag;
            _effective.Add(new EffectiveSetting(setting.Key, false, setting.Default is null ? [] : [setting.Default], null));
            return setting.Default is null ? default! : Parse(setting.Parse, new ConfigurationValue(setting.Default, setting.Flag));
        }
        writtenAs = found.WrittenAs;
        _effective.Add(new EffectiveSetting(setting.Key, false, [found.Text], found.WrittenAs));
        return Parse(setting.Parse, found);
    }

    /// <summary>Reads a list from the highest level that has one.</summary>
    /// <returns>Each item with the place where it was written.</returns>
    public ImmutableArray<(T Value, string WrittenAs)> Read<T>(ListSetting<T> setting)
    {
        var texts = Items(setting.Key);
        var written = texts is not null;
        texts ??= setting.Default is null ? [] : [new ConfigurationValue(setting.Default, setting.Flag)];
        if (setting.SplitsAtComma) texts = [.. texts.SelectMany(Split)];
        _effective.Add(new EffectiveSetting(setting.Key, true, [.. texts.Select(text => text.Text)], written ? texts.Select(text => text.WrittenAs).FirstOrDefault("") : null));
        return [.. texts.Select(text => (Parse(setting.Parse, text), text.WrittenAs))];
    }

    /// <summary>Whether any level says something at or below this key.</summary>
    public bool Has(string key) => LevelOf(key) is not null;

    /// <summary>The number of the level that has this key or something below it, 0 being the highest; null for none.</summary>
    public int? LevelOf(string key)
    {
        for (var i = 0; i < layers.Count; i++)
            if (layers[i].TryGet(key, out _) || layers[i].Children(key).Count > 0) return i;
        return null;
    }

    /// <summary>Whether the highest level that has this list has texts in it, not objects.</summary>
    public bool HoldsTexts(string key) => LevelOf(key) is { } level
        && (layers[level].TryGet(key, out _) || layers[level].Children(key).Any(child => layers[level].TryGet(key + ":" + child, out _)));

    /// <summary>The full keys of the items of a list of objects, from the highest level that has the list.</summary>
    public IReadOnlyList<string> Sections(string key)
    {
        _known.Add(key);
        if (LevelOf(key) is not { } level) return [];
        string[] sections = [.. layers[level].Children(key).Select(child => key + ":" + child)];
        _known.UnionWith(sections);
        return sections;
    }

    /// <summary>Says that this key and those below it have a meaning, though their value does not hold here.</summary>
    public void Ignore(string key)
    {
        foreach (var layer in layers)
            foreach (var (path, _) in layer)
                if (IsAtOrBelow(path, key)) _known.Add(path);
    }

    /// <summary>The names of what was written and has no meaning.</summary>
    public IReadOnlyList<string> Unknown()
        => [.. layers.SelectMany(layer => layer).Where(pair => !_known.Contains(pair.Key)).Select(pair => pair.Value.WrittenAs)];

    private bool TryFind(string key, out ConfigurationValue value)
    {
        _known.Add(key);
        value = default;
        foreach (var layer in layers)
            if (layer.TryGet(key, out value)) return true;
        return false;
    }

    private List<ConfigurationValue>? Items(string key)
    {
        Ignore(key);
        if (LevelOf(key) is not { } level) return null;
        var items = new List<ConfigurationValue>();
        var layer = layers[level];
        if (layer.TryGet(key, out var single)) items.Add(single);
        foreach (var child in layer.Children(key))
        {
            if (layer.TryGet(key + ":" + child, out var item)) items.Add(item);
            else Refuse(key.Replace(':', '.'), "must be a list of texts");
        }
        return items is [{ Text: ConfigurationLayer.EmptyList }] ? [] : items;
    }

    private static IEnumerable<ConfigurationValue> Split(ConfigurationValue value)
        => value.Text.Split(',', StringSplitOptions.TrimEntries).Select(item => value with { Text = item });

    private T Parse<T>(TextParser<T> parse, ConfigurationValue value)
    {
        if (parse(value.Text, out var result) is { } error) Refuse(value.WrittenAs, error);
        return result;
    }

    /// <summary>Whether a path is a key or lies below it.</summary>
    public static bool IsAtOrBelow(string path, string key)
        => path.StartsWith(key, StringComparison.OrdinalIgnoreCase) && (path.Length == key.Length || path[key.Length] == ':');
}

/// <summary>One setting as it holds.</summary>
/// <param name="Key">Its path in the file.</param>
/// <param name="IsList">It is a list.</param>
/// <param name="Texts">Its text or texts; none when it is not set.</param>
/// <param name="WrittenAs">Where it was written, or null for the default.</param>
internal sealed record EffectiveSetting(string Key, bool IsList, ImmutableArray<string> Texts, string? WrittenAs);
