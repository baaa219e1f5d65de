using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Socks5Egress.Configuration;

/// <summary>Prints <see cref="WhoTable"/>.</summary>
internal static class WhoText
{
    private const string Everywhere = "everywhere";
    private static readonly string[] Titles = ["USER", "LOGIN", "POLICY", "FROM", "WAYS IN", "MAY REACH"];

    /// <summary>A table with one line a row, or an array of objects.</summary>
    public static void Write(TextWriter output, GatewaySettings settings, bool json)
    {
        var rows = WhoTable.Of(settings);
        if (json) EffectiveConfiguration.Write(output, Json(rows));
        else WriteTable(output, rows);
    }

    private static void WriteTable(TextWriter output, IReadOnlyList<WhoRow> rows)
    {
        string[][] lines = [Titles, .. rows.Select(Cells)];
        var widths = Enumerable.Range(0, Titles.Length - 1).Select(column => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
        {
            for (var i = 0; i < widths.Length; i++) output.Write(line[i].PadRight(widths[i] + 2));
            output.WriteLine(line[^1]);
        }
    }

    private static JsonArray Json(IReadOnlyList<WhoRow> rows) =>
    [
        .. rows.Select(row => (JsonNode)new JsonObject
        {
            ["user"] = row.User,
            ["logins"] = Texts(row.Logins),
            ["policy"] = row.Policy,
            ["clients"] = Texts(row.Clients),
            ["waysIn"] = Texts(row.WaysIn),
            ["reaches"] = row.Reaches,
        }),
    ];

    private static string[] Cells(WhoRow row) =>
    [
        row.User, Joined(row.Logins, "none"), row.Policy, Joined(row.Clients, Everywhere), Joined(row.WaysIn, "none"), row.Reaches,
    ];

    private static string Joined(ImmutableArray<string> texts, string otherwise) => texts.IsEmpty ? otherwise : string.Join("; ", texts);

    private static JsonArray Texts(ImmutableArray<string> texts) => [.. texts.Select(text => (JsonNode)JsonValue.Create(text))];
}
