using System.Text.Json;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Configuration;

/// <summary>The JSON file as a level of configuration. Comments and trailing commas are allowed.</summary>
internal static class ConfigurationFile
{
    private const string NoText = "holds half a character (a surrogate without its other half), which is no text";

    private static readonly JsonDocumentOptions Options = new() { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true };

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="namedBy">Who named it, for the error: <c>--config</c> or the environment variable.</param>
    /// <param name="patience">How long that may take.</param>
    /// <param name="errors">What is wrong is added here.</param>
    public static ConfigurationLayer Read(string path, string namedBy, FilePatience patience, List<string> errors)
    {
        if (PrivateFile.ReadTrusted(path, patience, out var text) is not { } error) return Parse(text, Path.GetFileName(path), $"{namedBy}: '{path}'", errors);
        errors.Add($"{namedBy}: {error}");
        return new ConfigurationLayer();
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
                FlattenObject(document.RootElement, "", fileName + ": ", layer);
        }
        catch (JsonException e)
        {
            errors.Add($"{errorPrefix} is not valid JSON (line {e.LineNumber + 1}, column {e.BytePositionInLine + 1})");
        }
        return layer;
    }

    private static void Flatten(JsonElement element, string key, string writtenAs, ConfigurationLayer layer)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                layer.Contains(key, isList: false, writtenAs);
                FlattenObject(element, key, writtenAs + ".", layer);
                break;
            case JsonValueKind.Array:
                layer.Contains(key, isList: true, writtenAs);
                FlattenArray(element, key, writtenAs, layer);
                break;
            // Who writes it may mean "none" or "as it is": the two are opposites for a rule
            case JsonValueKind.Null:
                layer.Faults.Add($"{writtenAs} is null; leave the key out, or give it a value");
                break;
            case JsonValueKind.String when Text(element) is { } text:
                layer.TryAdd(key, new ConfigurationValue(text, writtenAs));
                break;
            case JsonValueKind.String:
                layer.Faults.Add($"{writtenAs}: {NoText}");
                break;
            default:
                layer.TryAdd(key, new ConfigurationValue(element.GetRawText(), writtenAs) { IsBare = true });
                break;
        }
    }

    private static void FlattenObject(JsonElement element, string key, string prefix, ConfigurationLayer layer)
    {
        // An object that says nothing is there all the same: a policy of defaults, a listener without an address
        if (key.Length > 0 && !element.EnumerateObject().Any()) layer.TryAdd(key, ConfigurationLayer.EmptyItem, prefix.TrimEnd('.'));
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var property in element.EnumerateObject())
        {
            if (Name(property) is not { } name) layer.Faults.Add($"{prefix.TrimEnd('.', ':', ' ')}: a key in it {NoText}");
            else if (IsComment(name)) continue;
            else if (name.Length == 0 || name.Contains(':', StringComparison.Ordinal)) layer.Faults.Add($"{prefix}{name}: a key is not empty and has no colon");
            else if (!names.Add(name)) layer.Faults.Add($"{prefix}{name} is given twice");
            else Flatten(property.Value, key.Length == 0 ? name : key + ":" + name, prefix + name, layer);
        }
    }

    private static void FlattenArray(JsonElement element, string key, string writtenAs, ConfigurationLayer layer)
    {
        if (element.GetArrayLength() == 0) layer.TryAdd(key, ConfigurationLayer.EmptyList, writtenAs);
        foreach (var (index, item) in element.EnumerateArray().Index()) Flatten(item, $"{key}:{index}", $"{writtenAs}[{index}]", layer);
    }

    /// <summary>What JSON has no comments for is written like this.</summary>
    private static bool IsComment(string name) => name.StartsWith("//", StringComparison.Ordinal) || name.StartsWith('$');

    // JSON can write half of a surrogate pair, which is no text
    private static string? Text(JsonElement element)
    {
        try
        {
            return element.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string? Name(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
