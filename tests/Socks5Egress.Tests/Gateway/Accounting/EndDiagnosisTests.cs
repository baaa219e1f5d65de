using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Transport.Relay;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Accounting;

public sealed class EndDiagnosisTests
{
    /// <summary>A psql that checks the name after the handshake: SSLRequest, hello, then Finished and a TLS close.</summary>
    private static readonly int[] WrongName = [8, -1, 320, -1300, 104];

    [Theory]
    [InlineData(EndReason.TargetFin, "closed before a byte", new[] { 8 })]
    [InlineData(EndReason.TargetReset, "closed before a byte", new int[0])]
    [InlineData(EndReason.TargetFin, "spoke first and closed", new[] { -75 })]
    [InlineData(EndReason.TargetFin, "pg_hba.conf", new[] { 8, -1, 320, -1300, 190, -180 })]
    [InlineData(EndReason.ClientFin, "pg_hba.conf", new[] { 8, -1, 320, -1300, 190, -180, 24 })]
    [InlineData(EndReason.ClientFin, "certificate", new[] { 8, -1, 320, -1300, 30 })]
    [InlineData(EndReason.ClientReset, "certificate", new[] { 517, -2900, 7 })]
    // The server wants another hello, as PostgreSQL does; lengths as psql and .NET make them
    [InlineData(EndReason.ClientFin, "certificate", new[] { 8, -1, 316, -99, 355, -812, 98, -24 })]
    [InlineData(EndReason.ClientReset, "pg_hba.conf", new[] { 8, -1, 311, -99, 350, -810, 154, -200, 24 })]
    [InlineData(EndReason.ClientFin, "pg_hba.conf", new[] { 8, -1, 286, -99, 325, -810, 173, -205 })]
    [InlineData(EndReason.ClientFin, "certificate", new[] { 517, -99, 520, -2900, 30 })]
    // A client that looks at the name behind the handshake, and the server's close or its tickets
    [InlineData(EndReason.ClientFin, "certificate", new[] { 8, -1, 320, -1300, 104, -24 })]
    [InlineData(EndReason.TargetFin, "certificate", new[] { 8, -1, 320, -1300, 104, -24 })]
    [InlineData(EndReason.ClientFin, "certificate", new[] { 320, -2900, 80, -510 })]
    [InlineData(EndReason.ClientFin, "pg_hba.conf", new[] { 8, -1, 320, -1300, 190, -180 })]
    [InlineData(EndReason.ClientFin, "certificate", new[] { -90, 36, 320, -1300, 30 })]
    [InlineData(EndReason.ClientFin, "first byte", new[] { 100 })]
    public void What_flowed_tells_the_likely_cause(EndReason end, string words, int[] pieces)
        => Assert.Contains(words, EndDiagnosis.Of(end, Flow(pieces)), StringComparison.Ordinal);

    [Fact]
    public void A_client_that_insists_on_a_login_is_told_from_one_that_offers_none()
    {
        Assert.Contains("offered no password", EndDiagnosis.Of(EndReason.NoAcceptableMethod, default, wantsLogin: true), StringComparison.Ordinal);
        Assert.Contains("has no users", EndDiagnosis.Of(EndReason.NoAcceptableMethod, default, wantsLogin: false), StringComparison.Ordinal);
    }

    [Theory]
    // psql with a password over TLS, to its end
    [InlineData(EndReason.ClientFin, new[] { 8, -1, 320, -1300, 190, -60, 90, -130, 140, -500, 60, -120, 51 })]
    // MySQL in clear text
    [InlineData(EndReason.ClientFin, new[] { -90, 210, -11, 40, -900, 5 })]
    // HTTPS, then a TLS close
    [InlineData(EndReason.ClientFin, new[] { 517, -2900, 240, -4000, 24 })]
    // The same behind another hello, and check, which says good-bye
    [InlineData(EndReason.ClientFin, new[] { 8, -1, 311, -99, 350, -810, 154, -66, 100, -130, 140, -500, 60, -120, 51 })]
    [InlineData(EndReason.ClientFin, new[] { 8, -1, 311, -99, 350, -810, 154, -66, 27 })]
    // pg_isready, which goes when it is asked for a password
    [InlineData(EndReason.ClientFin, new[] { 8, -1, 320, -1300, 190, -66 })]
    // HTTP/1.0
    [InlineData(EndReason.TargetFin, new[] { 120, -900 })]
    [InlineData(EndReason.IdleTimeout, new[] { 8, -1, 320, -1300 })]
    public void An_ordinary_session_has_no_hint(EndReason end, int[] pieces) => Assert.Null(EndDiagnosis.Of(end, Flow(pieces)));

    [Theory]
    [InlineData("default:none", "pay.example.org:443", "--allow pay.example.org:443 opens it")]
    [InlineData("port-25", "mail.example.org:25", "--allow mail.example.org:25 opens it")]
    [InlineData("deny:*.example.org", "pay.example.org:443", "--deny *.example.org must be removed")]
    [InlineData("own-listener", "127.0.0.1:1080", null)]
    [InlineData("account:clients", "pay.example.org:443", null)]
    public void The_rule_to_write_is_named(string rule, string target, string? words)
    {
        var opening = EndDiagnosis.Opening(rule, target);
        if (words is null) Assert.Null(opening);
        else Assert.Contains(words, opening, StringComparison.Ordinal);
    }

    [Fact]
    public void No_two_causes_share_a_sentence()
    {
        var none = default(TrafficShape);
        var hints = Enum.GetValues<EndReason>()
            .Where(end => end is not (EndReason.TargetFin or EndReason.HostUnreachable or EndReason.ClientReset or EndReason.ClientFin))
            .Select(end => EndDiagnosis.Of(end, none)).Append(EndDiagnosis.Of(EndReason.ClientFin, Flow(WrongName))).OfType<string>().ToList();

        Assert.Equal(hints.Count, hints.Distinct().Count());
        Assert.All(hints, hint => Assert.EndsWith(".", hint, StringComparison.Ordinal));
    }

    /// <param name="pieces">What the client sent; what the target sent as negative numbers.</param>
    private static TrafficShape Flow(int[] pieces)
    {
        var traffic = new Traffic();
        foreach (var (at, piece) in pieces.Index())
        {
            if (piece > 0)
            {
                traffic.HeardUp(piece);
                traffic.Up(piece, at + 1);
            }
            else
            {
                traffic.HeardDown(-piece);
                traffic.Down(-piece, at + 1);
            }
        }
        return traffic.Flow;
    }
}
