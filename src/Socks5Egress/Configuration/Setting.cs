namespace Socks5Egress.Configuration;

/// <summary>Turns the text of a setting into its value.</summary>
/// <returns>Null, or what is wrong, as the rest of a sentence that begins with the setting's name and a colon.</returns>
internal delegate string? TextParser<T>(string text, out T value);

/// <summary>
/// One thing that can be configured: its names on the command line, in the environment and in the file, and the words
/// that <c>--help</c> has for it. It lies beside the typed property that it fills.
/// </summary>
/// <param name="Key">The path in the file, with colons, such as <c>Timeouts:Idle</c>.</param>
/// <param name="Flag">The option, such as <c>--idle-timeout</c>; empty for what only the file can say.</param>
/// <param name="Argument">What stands behind the option in help; empty for a switch.</param>
/// <param name="Default">The text that holds when nobody says anything; null for none.</param>
/// <param name="Help">One sentence without a full stop.</param>
internal abstract record Setting(string Key, string Flag, string Argument, string? Default, string Help)
{
    /// <summary>It may be given more than once.</summary>
    public abstract bool IsList { get; }

    /// <summary>The default in words, where its text does not say it.</summary>
    public string? DefaultWords { get; init; }

    /// <summary>Any text would do, so that in the file a number or a boolean is a slip.</summary>
    public bool IsText { get; init; }

    /// <summary>The variable that sets it; the first one, for a list whose items may hold commas.</summary>
    public virtual string EnvironmentName => EnvironmentVariables.Prefix + Key.Replace(":", "__", StringComparison.Ordinal);
}

/// <summary>A setting with one value.</summary>
/// <typeparam name="T">What it is parsed to.</typeparam>
internal sealed record Setting<T>(string Key, string Flag, string Argument, string? Default, string Help, TextParser<T> Parse)
    : Setting(Key, Flag, Argument, Default, Help)
{
    public override bool IsList => false;

    /// <summary>The same setting for one item of a list in the file.</summary>
    public Setting<T> In(string section, string name) => this with { Key = section + ":" + name, Flag = "" };
}

/// <summary>A setting with any number of values. The level that gives any replaces those of lower levels whole.</summary>
/// <typeparam name="T">What each is parsed to.</typeparam>
internal sealed record ListSetting<T>(string Key, string Flag, string Argument, string? Default, string Help, TextParser<T> Parse)
    : Setting(Key, Flag, Argument, Default, Help)
{
    public override bool IsList => true;

    /// <summary>A comma stands between items; otherwise it belongs to them.</summary>
    public bool SplitsAtComma { get; init; } = true;

    /// <summary>Takes a text apart where <see cref="SplitsAtComma"/> does not do, because some commas belong to an item.</summary>
    public Func<string, IEnumerable<string>>? Split { get; init; }

    public override string EnvironmentName => SplitsAtComma ? base.EnvironmentName : base.EnvironmentName + "__0";

    /// <inheritdoc cref="Setting{T}.In"/>
    public ListSetting<T> In(string section, string name) => this with { Key = section + ":" + name, Flag = "" };
}

/// <summary>Settings under one heading of <c>--help</c>.</summary>
internal sealed record SettingGroup(string Title, IReadOnlyList<Setting> Settings);
