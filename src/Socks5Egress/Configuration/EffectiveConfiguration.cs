using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Socks5Egress.Gateway.Identity;

namespace Socks5Egress.Configuration;

/// <summary>Prints the configuration that holds. Of users it prints the names; what proves them never shows.</summary>
internal static class EffectiveConfiguration
{
    /// <summary>One setting a line, with the place where it was written.</summary>
    public static void WriteText(TextWriter output, LoadedConfiguration loaded)
    {
        foreach (var setting in loaded.Effective)
        {
            if (setting is { Texts.Length: 0, WrittenAs: null }) continue;
            var value = setting.Texts.Length == 0 ? ConfigurationLayer.EmptyList : string.Join(", ", setting.Texts.Select(SecretMask.In));
            output.WriteLine($"{setting.Key.Replace(':', '.')} = {value}  ({setting.WrittenAs ?? "default"})");
        }
        foreach (var name in UserNames(loaded)) output.WriteLine($"user {name}: {Secret.Mask}");
        foreach (var address in loaded.Settings?.Identity.Expected ?? [])
            output.WriteLine($"allow-list {AllowListLines.Cidr(address)}, pg_hba.conf: {AllowListLines.PgHba(address)}");
    }

    /// <summary>One object: <c>configuration</c> in the form of the file, so that it can become one, the names of the users, warnings.</summary>
    public static void WriteJson(TextWriter output, LoadedConfiguration loaded)
    {
        var configuration = new JsonObject();
        var items = new Dictionary<string, JsonObject>();
        foreach (var setting in loaded.Effective)
        {
            if (setting is { Texts.Length: 0, WrittenAs: null }) continue;
            JsonNode value = setting.IsList ? Texts(setting.Texts.Select(SecretMask.In)) : JsonValue.Create(SecretMask.In(setting.Texts[0]));
            Place(configuration, items, setting.Key, value);
        }
        var whole = new JsonObject
        {
            ["configuration"] = configuration,
            ["users"] = Texts(UserNames(loaded)),
            ["warnings"] = Texts(loaded.Settings?.Warnings ?? []),
            ["allowList"] = Texts((loaded.Settings?.Identity.Expected ?? []).Select(AllowListLines.Cidr)),
        };
        Write(output, whole);
    }

    /// <summary>Writes JSON for people and scripts, on lines of its own.</summary>
    public static void Write(TextWriter output, JsonNode whole)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            whole.WriteTo(writer);
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length));
    }

    private static IEnumerable<string> UserNames(LoadedConfiguration loaded)
        => loaded.Settings?.Users.Users.Names.Order(StringComparer.Ordinal) ?? Enumerable.Empty<string>();

    private static JsonArray Texts(IEnumerable<string> texts) => [.. texts.Select(text => (JsonNode)JsonValue.Create(text))];

    // Listeners:0:Address stands in an array of objects, Timeouts:Idle in an object
    private static void Place(JsonObject root, Dictionary<string, JsonObject> items, string key, JsonNode value)
    {
        var path = key.Split(':');
        var at = root;
        for (var i = 0; i < path.Length - 1; i++)
        {
            if (path[i] is "Policies" or "Accounts" || !char.IsAsciiDigit(path[i + 1][0]))
            {
                if (at[path[i]] is not JsonObject section) at[path[i]] = section = [];
                at = section;
                continue;
            }
            var prefix = string.Join(':', path[..(i + 2)]);
            if (!items.TryGetValue(prefix, out var item))
            {
                if (at[path[i]] is not JsonArray list) at[path[i]] = list = [];
                list.Add((JsonNode)(item = items[prefix] = []));
            }
            at = item;
            i++;
        }
        at[path[^1]] = value;
    }
}
