using Socks5Egress.Gateway.Identity;

namespace Socks5Egress.Admin;

/// <summary>From which addresses it leaves, and the lines that let them in on the other side.</summary>
internal static class IdentitySection
{
    public static Html Write(GatewayStatus view)
    {
        var identity = view.Identity();
        var html = new Html().Add($"<section class=\"card\" id=\"identity\"><h2>Egress identity</h2>");
        if (identity.Expected.IsEmpty)
            return html.Add($"<p class=\"none\">No address is expected. Name it with <code>--expect-egress</code>, and it is probed and shown here.</p></section>");
        html.Add($"<ul class=\"families\">");
        foreach (var family in identity.Families)
        {
            var state = IdentityState.Of(identity.Of(family));
            var seen = identity.Of(family).Address is { } address ? "seen " + address : "nothing seen yet";
            var kind = state == "proven" ? "good" : state is "pending" or "unproven" ? "warn" : "bad";
            html.Add($"<li><span class=\"pill {kind}\">{FamilyName.Of(family)} {state}</span> expected {string.Join(" or ", identity.ExpectedOf(family))}, {seen}</li>");
        }
        return html.Add($"""
            </ul><h3>For the other side's allow-list</h3><pre tabindex="0" aria-label="Allow-list">{string.Join('\n', identity.Expected.Select(AllowListLines.Cidr))}</pre>
            <h3>For its pg_hba.conf</h3><pre tabindex="0" aria-label="pg_hba.conf">{string.Join('\n', identity.Expected.Select(AllowListLines.PgHba))}</pre></section>
            """);
    }
}
