using System.Text.Json;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>The JSON file as a level of configuration. Comments and trailing commas are allowed.</summary>
internal static class ConfigurationFile
{
    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="namedBy">Who named it, for the error: <c>--config</c> or the environment variable.</param>
    /// <param name="errors">What is wrong is added here.</param>
    public static ConfigurationLayer Read(string path, string namedBy, List<string> errors)
    {
        try
        {
            return Parse(File.ReadAllText(path), Path.GetFileName(path), $"{namedBy}: '{path}'", errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            errors.Add($"{namedBy}: '{path}' cannot be read: {e.Message}");
            return new ConfigurationLayer();
        }
    }

    /// <summary>Reads the text of a file.</summary>
    public static ConfigurationLayer Parse(string json, string fileName, string errorPrefix, List<string> errors)
    {
        var layer = new ConfigurationLayer();
        try
        {
            using var document = JsonDocument.Parse(json, Options);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                errors.Add($"{errorPrefix} must hold one JSON object");
            else
                Flatten(document.RootElement, "", fileName + ": ", layer, errors);
        }
        catch (JsonException e)
        {
            errors.Add($"{errorPrefix} is not valid JSON (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1})");
        }
        return layer;
    }

    private static void Flatten(JsonElement element, string key, string writtenAs, ConfigurationLayer layer, List<string> errors)
    {
        switch (element.ValueKind)
        {
            // An item that says nothing is there all the same: a policy of defaults, a listener without an address
            case JsonValueKind.Object when key.Contains(':') && !element.EnumerateObject().Any():
                Add(layer, key, ConfigurationLayer.EmptyItem, writtenAs, errors);
                break;
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                    Flatten(property.Value, Join(key, property.Name), writtenAs + (key.Length == 0 ? "" : ".") + property.Name, layer, errors);
                break;
            case JsonValueKind.Array when element.GetArrayLength() == 0:
                Add(layer, key, ConfigurationLayer.EmptyList, writtenAs, errors);
                break;
            case JsonValueKind.Array:
                var index = 0;
                foreach (var item in element.EnumerateArray())
                {
                    Flatten(item, Join(key, $"{index}"), $"{writtenAs}[{index}]", layer, errors);
                    index++;
                }
                break;
            case JsonValueKind.Null:
                break;
            default:
                Add(layer, key, element.ToString(), writtenAs, errors);
                break;
        }
    }

    private static string Join(string key, string name) => key.Length == 0 ? name : key + ":" + name;

    private static void Add(ConfigurationLayer layer, string key, string text, string writtenAs, List<string> errors)
    {
        if (!layer.TryAdd(key, text, writtenAs)) errors.Add($"{writtenAs} is given twice");
    }
}
