namespace Socks5Egress.Gateway.Accounting;

/// <summary>What refused a session, in few words: a metric must not have a series for every rule that somebody writes.</summary>
internal static class RefusalCategory
{
    /// <returns>Null when it was not refused.</returns>
    public static string? Of(EndReason end, string? rule)
    {
        var category = EndTable.Of(end).Category;
        if (category != EndTable.RuleCategory || rule is null) return category;
        return rule.StartsWith("deny:", StringComparison.Ordinal) ? "deny" : rule;
    }
}
