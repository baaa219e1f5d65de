namespace Socks5Egress.Configuration;

/// <summary>Settings with a few possible values, each with a name.</summary>
internal static class Choice
{
    /// <summary>A parser that takes exactly these names, without case.</summary>
    public static TextParser<T> Of<T>(params (string Name, T Value)[] choices) => (string text, out T value) =>
    {
        foreach (var choice in choices)
        {
            if (!string.Equals(choice.Name, text, StringComparison.OrdinalIgnoreCase)) continue;
            value = choice.Value;
            return null;
        }
        value = default!;
        return $"'{text}' is none of {string.Join(", ", choices.Select(choice => choice.Name))}";
    };

    /// <summary><c>true</c> or <c>false</c>.</summary>
    public static readonly TextParser<bool> Switch = Of(("true", true), ("false", false));
}
