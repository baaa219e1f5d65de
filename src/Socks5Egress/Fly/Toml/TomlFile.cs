using System.Globalization;
using Tomlyn;
using Tomlyn.Parsing;

namespace Socks5Egress.Fly.Toml;

/// <summary>Reads a TOML file into values with line numbers. Tomlyn's parser says where each token stood; its models do not.</summary>
internal static class TomlFile
{
    /// <returns>Null and the parser's sentence, with line and column, when it is no TOML.</returns>
    public static TomlNode? Read(string text, out string? fault)
    {
        fault = null;
        try
        {
            var parser = TomlParser.Create(text);
            while (parser.MoveNext())
            {
                if (parser.Current.Kind == TomlParseEventKind.StartTable) return ReadTable(parser, "", 1);
            }

            return new("", 1, TomlKind.Table, "");
        }
        catch (TomlException exception)
        {
            fault = exception.Message;
            return null;
        }
    }

    private static TomlNode ReadTable(TomlParser parser, string path, int line)
    {
        var keys = new List<(string Key, TomlNode Value)>();
        while (parser.MoveNext() && parser.Current.Kind != TomlParseEventKind.EndTable)
        {
            if (parser.Current.Kind != TomlParseEventKind.PropertyName) continue;
            var key = parser.GetPropertyName();
            var at = parser.Current.Line;
            parser.MoveNext();
            keys.Add((key, ReadValue(parser, path.Length == 0 ? key : path + "." + key, at)));
        }

        // Only the first element of an array of tables comes with a position of its own
        var table = new TomlNode(path, line > 0 ? line : keys.Select(pair => pair.Value.Line).FirstOrDefault(1), TomlKind.Table, "");
        foreach (var (key, value) in keys) table.Keys[key] = value;
        return table;
    }

    private static TomlNode ReadArray(TomlParser parser, string path, int line)
    {
        var array = new TomlNode(path, line, TomlKind.Array, "");
        while (parser.MoveNext() && parser.Current.Kind != TomlParseEventKind.EndArray)
            array.Items.Add(ReadValue(parser, path, parser.Current.Line > 0 ? parser.Current.Line : array.Items.Count == 0 ? line : 0));
        return array;
    }

    private static TomlNode ReadValue(TomlParser parser, string path, int line) => parser.Current.Kind switch
    {
        TomlParseEventKind.StartTable => ReadTable(parser, path, line),
        TomlParseEventKind.StartArray => ReadArray(parser, path, line),
        TomlParseEventKind.Integer => new(path, line, TomlKind.Integer, parser.Current.GetInt64().ToString(CultureInfo.InvariantCulture)),
        TomlParseEventKind.Float => new(path, line, TomlKind.Float, parser.Current.GetDouble().ToString(CultureInfo.InvariantCulture)),
        TomlParseEventKind.Boolean => new(path, line, TomlKind.Boolean, parser.Current.GetBoolean() ? "true" : "false"),
        TomlParseEventKind.String => new(path, line, TomlKind.Text, parser.GetString()),
        _ => new(path, line, TomlKind.Text, ""),
    };
}
