using System.Globalization;
using System.Text;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Gateway.Explaining;

/// <summary>An explanation for people: one line for the whole, then one for each address.</summary>
internal static class ExplanationText
{
    /// <summary>The lines, each ended by a line feed. What a client may choose is escaped.</summary>
    public static string Render(Explanation explanation)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Escape(explanation.User ?? "nobody")} -> {Escape(explanation.Target)}: ");
        text.Append(Conclusion(explanation));
        text.Append(CultureInfo.InvariantCulture, $" (policy {Escape(explanation.Policy)}, {Mode(explanation.Mode)})\n");
        var addressWidth = Width(explanation, address => address.Address);
        var classWidth = Width(explanation, address => address.Class);
        foreach (var address in explanation.Addresses)
        {
            var order = address.Order?.ToString(CultureInfo.InvariantCulture) ?? "-";
            text.Append(CultureInfo.InvariantCulture, $"{order,3}  {address.Address.PadRight(addressWidth)}  {address.Class.PadRight(classWidth)}  ");
            text.Append(CultureInfo.InvariantCulture, $"{Word(address.Verdict),-6}  {address.Rule}");
            if (address.Source is not null) text.Append(CultureInfo.InvariantCulture, $"  from {address.Source}");
            if (address.Route is not null) text.Append(CultureInfo.InvariantCulture, $"  by {address.Route}");
            if (address.Verdict != ExplainedVerdict.Deny && address.Order is null) text.Append("  family not used");
            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Conclusion(Explanation explanation) => explanation.Verdict switch
    {
        ExplainedVerdict.Unresolved => "does not resolve",
        ExplainedVerdict.Unreachable => $"allowed by {explanation.Rule}, but no address is of a family that is dialled",
        ExplainedVerdict.Report => $"let through and reported: {explanation.Rule} would refuse it",
        ExplainedVerdict.Deny when explanation.Addresses.IsEmpty => $"refused by {explanation.Rule}, without a look-up",
        ExplainedVerdict.Deny => $"refused by {explanation.Rule}",
        _ => $"allowed by {explanation.Rule}",
    };

    private static string Word(ExplainedVerdict verdict) => verdict switch
    {
        ExplainedVerdict.Allow => "allow",
        ExplainedVerdict.Report => "report",
        _ => "deny",
    };

    private static string Mode(PolicyMode mode) => mode switch
    {
        PolicyMode.Report => "report",
        PolicyMode.Open => "open",
        _ => "enforce",
    };

    private static int Width(Explanation explanation, Func<ExplainedAddress, string> column) =>
        explanation.Addresses.Select(address => column(address).Length).DefaultIfEmpty().Max();

    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var character in text)
        {
            if (character is > ' ' and < '\x7f' and not '\\') escaped.Append(character);
            else escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
        }

        return escaped.ToString();
    }
}
