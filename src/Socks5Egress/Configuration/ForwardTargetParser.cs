namespace Socks5Egress.Configuration;

/// <summary>Reads the targets of one forward in their order: <c>sni:</c> in front of one holds for the rest of the list.</summary>
/// <param name="listen">The forward's own port: that of patterns that name none.</param>
/// <param name="preset">The preset's port; null without one.</param>
internal sealed class ForwardTargetParser(int listen, ushort? preset)
{
    private bool _named;

    /// <inheritdoc cref="TextParser{T}"/>
    public string? Parse(string text, out ForwardTarget target)
    {
        var pattern = text;
        if (text.StartsWith(SniTargets.Prefix, StringComparison.OrdinalIgnoreCase)) (_named, pattern) = (true, text[SniTargets.Prefix.Length..]);
        return _named ? SniTargets.Parse(pattern, listen > 0 ? (ushort)listen : preset, out target) : ForwardParser.ParseTarget(text, preset, out target);
    }
}
