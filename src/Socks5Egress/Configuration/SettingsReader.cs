using System.Collections.Immutable;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Configuration;

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
    private readonly KnownKeys _known = new();
    private readonly List<string> _errors = [];
    private readonly List<EffectiveSetting> _effective = [];

    // A list of objects comes from one level, whole: its items must not be filled up from the level below
    private readonly Dictionary<string, int> _wholeFrom = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>How long the files may take that settings name.</summary>
    public required FilePatience Patience { get; init; }

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
        if (!TryFind(setting, out var found))
        {
            writtenAs = setting.Flag;
            _effective.Add(new EffectiveSetting(setting.Key, false, setting.Default is null ? [] : [setting.Default], null));
            return setting.Default is null ? default! : Parse(setting.Parse, new ConfigurationValue(setting.Default, setting.Flag), false);
        }
        writtenAs = found.WrittenAs;
        _effective.Add(new EffectiveSetting(setting.Key, false, [found.Text], found.WrittenAs));
        return Parse(setting.Parse, found, setting.IsText);
    }

    /// <summary>Reads a setting that is as somewhere else where nobody says it here.</summary>
    /// <returns>Whether anybody does.</returns>
    public bool TryRead<T>(Setting<T> setting, out T value)
    {
        value = TryFind(setting, out _) ? Read(setting, out _) : default!;
        return Levels(setting.Key).Any(level => layers[level].Has(setting.Key));
    }

    /// <summary>Reads a list from the highest level that has one.</summary>
    /// <returns>Each item with the place where it was written.</returns>
    public ImmutableArray<(T Value, string WrittenAs)> Read<T>(ListSetting<T> setting)
    {
        var texts = Items(setting);
        var written = texts is not null;
        texts ??= setting.Default is null ? [] : [new ConfigurationValue(setting.Default, setting.Flag)];
        if (setting.SplitsAtComma) texts = [.. texts.SelectMany(Split)];
        else if (setting.Split is { } split) texts = [.. texts.SelectMany(value => split(value.Text).Select(item => value with { Text = item }))];
        _effective.Add(new EffectiveSetting(setting.Key, true, [.. texts.Select(text => text.Text)], written ? texts.Select(text => text.WrittenAs).FirstOrDefault("") : null));
        return [.. texts.Select(text => (Parse(setting.Parse, text, written && setting.IsText), text.WrittenAs))];
    }

    /// <inheritdoc cref="TryRead{T}(Setting{T}, out T)"/>
    public bool TryRead<T>(ListSetting<T> setting, out ImmutableArray<(T Value, string WrittenAs)> items)
    {
        Know(setting);
        var has = LevelOf(setting.Key) is not null;
        items = has ? Read(setting) : [];
        return has;
    }

    /// <summary>Whether any level says something at or below this key.</summary>
    public bool Has(string key) => LevelOf(key) is not null;

    /// <summary>Whether any level says something below this key: an object without properties says nothing.</summary>
    public bool HasBelow(string key) => Levels(key).Any(level => layers[level].Children(key).Count > 0);

    /// <summary>The number of the level that has this key or something below it, 0 being the highest; null for none.</summary>
    public int? LevelOf(string key)
    {
        foreach (var level in Levels(key))
            if (layers[level].Has(key)) return level;
        return null;
    }

    /// <summary>Whether the highest level that has this list has texts in it, not objects.</summary>
    public bool HoldsTexts(string key) => LevelOf(key) is { } level && (IsValue(layers[level], key)
        || layers[level].Children(key).Any(child => IsValue(layers[level], key + ":" + child)));

    /// <summary>The full keys of the items of a list of objects, from the highest level that has the list.</summary>
    public IReadOnlyList<string> Sections(string key)
    {
        _known.AddSection(key);
        if (LevelOf(key) is not { } level) return [];
        _wholeFrom[key] = level;
        if (!layers[level].TryGet(key, out ConfigurationContainer container) || container.IsList)
            return Objects(layers[level], key, child => child.All(char.IsAsciiDigit), "must be a list of objects");
        Refuse(container.WrittenAs, "must be a list of objects, with brackets around them");
        Ignore(key);
        return [];
    }

    /// <summary>The full keys of objects by name, from all levels: one level may say more of what another has begun.</summary>
    public IReadOnlyList<string> Entries(string key)
    {
        _known.AddSection(key);
        var entries = new List<string>();
        foreach (var layer in layers)
        {
            if (layer.TryGet(key, out ConfigurationContainer container) && container.IsList)
            {
                Refuse(container.WrittenAs, "must be an object with a name before each, not a list");
                Ignore(key);
            }
            else
            {
                entries.AddRange(Objects(layer, key, _ => true, "must be an object with a name before each"));
            }
        }
        return [.. entries.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The names of the values of an object whose names are free, from the highest level that has the object.</summary>
    public IReadOnlyList<string> NamesBelow(string key)
    {
        _known.AddSection(key);
        Ignore(key);
        if (LevelOf(key) is not { } level) return [];
        _wholeFrom[key] = level;
        return layers[level].TryGet(key, out ConfigurationContainer container) && container.IsList ? [] : layers[level].Children(key);
    }

    /// <summary>Says that there is such a setting, though nobody has written it here.</summary>
    public void Know(Setting setting) => _known.Add(setting.Key, setting);

    /// <summary>Says that this key and those below it have a meaning, though their value does not hold here.</summary>
    public void Ignore(string key)
    {
        foreach (var layer in layers)
            foreach (var (path, _) in layer)
                if (IsAtOrBelow(path, key)) _known.Add(path);
    }

    /// <summary>An error for each thing that was written and has no meaning. Ask when everything has been read.</summary>
    public IEnumerable<string> Unknown()
    {
        for (var level = 0; level < layers.Count; level++)
        {
            var layer = layers[level];
            var told = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
            foreach (var (path, value) in layer)
            {
                if (_known.Knows(path) || !Levels(path).Contains(level)) continue;
                if (_known.FirstUnknown(path) is { } unknown)
                {
                    if (!told.Add(unknown)) continue;
                    var writtenAs = layer.TryGet(unknown, out ConfigurationContainer container) ? container.WrittenAs : value.WrittenAs;
                    yield return $"{writtenAs}: there is no such setting; the nearest is {Nearest(layer, path, unknown)}";
                }
                else if (value.Text != ConfigurationLayer.EmptyItem)
                {
                    yield return $"{value.WrittenAs}: must be an object with keys of its own, not a value or a list";
                }
            }
        }
    }

    private string Nearest(ConfigurationLayer layer, string path, string unknown) => layer.IsEnvironment ? _known.NearestVariable(path) : _known.Nearest(unknown);

    // Below a list of objects, the one level that the list is from
    private IEnumerable<int> Levels(string key)
    {
        for (var end = key.LastIndexOf(':'); end > 0; end = key.LastIndexOf(':', end - 1))
            if (_wholeFrom.TryGetValue(key[..end], out var whole)) return [whole];
        return Enumerable.Range(0, layers.Count);
    }

    private List<string> Objects(ConfigurationLayer layer, string key, Func<string, bool> isName, string sentence)
    {
        var objects = new List<string>();
        if (IsValue(layer, key)) Wrong(key);
        else _known.Add(key);
        foreach (var child in layer.Children(key).Select(child => key + ":" + child))
        {
            if (IsValue(layer, child) || !isName(child[(key.Length + 1)..]) || (layer.TryGet(child, out ConfigurationContainer container) && container.IsList))
            {
                Wrong(child);
                continue;
            }
            _known.AddSection(child);
            objects.Add(child);
        }
        return objects;

        void Wrong(string at)
        {
            Refuse(WrittenAs(layer, at), sentence);
            Ignore(at);
        }
    }

    /// <summary>A text, and not what stands for an object or a list without anything in it.</summary>
    private static bool IsValue(ConfigurationLayer layer, string key)
        => layer.TryGet(key, out ConfigurationValue value) && value.Text is not (ConfigurationLayer.EmptyItem or ConfigurationLayer.EmptyList);

    private static string WrittenAs(ConfigurationLayer layer, string key)
        => layer.TryGet(key, out ConfigurationContainer container) ? container.WrittenAs
            : layer.TryGet(key, out ConfigurationValue value) ? value.WrittenAs
            : layer.IsEnvironment ? EnvironmentVariables.Prefix + key.Replace(":", "__", StringComparison.Ordinal) : key.Replace(':', '.');

    private bool TryFind(Setting setting, out ConfigurationValue value)
    {
        _known.Add(setting.Key, setting);
        value = default;
        foreach (var layer in Levels(setting.Key).Select(level => layers[level]))
        {
            if (layer.TryGet(setting.Key, out value) && !layer.TryGet(setting.Key, out ConfigurationContainer _)) return true;
            if (!layer.Has(setting.Key)) continue;
            Refuse(WrittenAs(layer, setting.Key), "must be one value, not a list or an object");
            Ignore(setting.Key);
            return false;
        }
        return false;
    }

    private List<ConfigurationValue>? Items(Setting setting)
    {
        var key = setting.Key;
        _known.Add(key, setting);
        Ignore(key);
        if (LevelOf(key) is not { } level) return null;
        var items = new List<ConfigurationValue>();
        var layer = layers[level];
        if (layer.TryGet(key, out ConfigurationContainer container) && !container.IsList)
        {
            Refuse(container.WrittenAs, "must be a list of texts");
            return items;
        }
        if (layer.TryGet(key, out ConfigurationValue single)) items.Add(single);
        foreach (var child in layer.Children(key).Select(child => key + ":" + child))
        {
            if (child[(key.Length + 1)..].All(char.IsAsciiDigit) && layer.TryGet(child, out ConfigurationValue item) && !layer.TryGet(child, out ConfigurationContainer _))
                items.Add(item);
            else Refuse(WrittenAs(layer, child), "must be a list of texts");
        }
        return items is [{ Text: ConfigurationLayer.EmptyList }] ? [] : items;
    }

    private static IEnumerable<ConfigurationValue> Split(ConfigurationValue value)
        => value.Text.Split(',', StringSplitOptions.TrimEntries).Select(item => value with { Text = item });

    private T Parse<T>(TextParser<T> parse, ConfigurationValue value, bool isText)
    {
        try
        {
            if (parse(value.Text, out var result) is { } error) Refuse(value.WrittenAs, error);
            else if (isText && value.IsBare) Refuse(value.WrittenAs, "must be a text, with quotes around it");
            return result;
        }
        catch (Exception exception)
        {
            // A text that a parser of the platform does not expect: it is named as any other mistake is
            Refuse(value.WrittenAs, $"cannot be read: {exception.Message}");
            return default!;
        }
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
