using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Client;

public sealed class Socks5ErrorsTests
{
    private static readonly Socks5Errors Anonymous = new(new Socks5Proxy("gw", 1080), "db:5432");
    private static readonly Socks5Errors Known = new(new Socks5Proxy("gw", 1080, new NetworkCredential("app", "s3cret")), "db:5432");

    public static TheoryData<ReplyCode> Refusals => [.. Enumerable.Range(1, 9).Select(code => (ReplyCode)code)];

    [Fact]
    public void No_two_causes_share_a_sentence_and_none_has_the_password()
    {
        var sentences = All().Select(failure => failure.Message).ToList();

        Assert.Equal(sentences.Count, sentences.Distinct().Count());
        Assert.All(sentences, sentence => Assert.DoesNotContain("s3cret", sentence, StringComparison.Ordinal));
        Assert.All(sentences, sentence => Assert.DoesNotContain('\n', sentence));
        Assert.All(sentences, sentence => Assert.EndsWith(".", sentence, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void A_refusal_carries_its_code(ReplyCode code)
    {
        var failure = Known.Refused(code);

        Assert.Equal(code, failure.Reply);
        Assert.Equal(Socks5Stage.Request, failure.Stage);
        Assert.Contains("db:5432", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_but_an_operator_can_mend_is_not_transient()
    {
        Assert.False(Known.Rejected().IsTransient);
        Assert.False(Anonymous.NoMethod().IsTransient);
        Assert.False(Known.NotSocks5().IsTransient);
        Assert.False(Known.Refused(ReplyCode.NotAllowedByRuleset).IsTransient);
        Assert.True(Known.Refused(ReplyCode.ConnectionRefused).IsTransient);
        Assert.True(Known.NotConnected(new SocketException((int)SocketError.ConnectionRefused)).IsTransient);
    }

    [Fact]
    public void Another_gateway_is_tried_unless_the_target_or_the_credentials_are_at_fault()
    {
        Assert.True(Known.Closed(Socks5Stage.Request, null).IsGatewayFault);
        Assert.True(Known.Refused(ReplyCode.GeneralFailure).IsGatewayFault);
        Assert.True(Known.NotSocks5().IsGatewayFault);
        Assert.False(Known.Rejected().IsGatewayFault);
        Assert.False(Known.Refused(ReplyCode.NotAllowedByRuleset).IsGatewayFault);
        Assert.False(Known.Refused(ReplyCode.ConnectionRefused).IsGatewayFault);
    }

    private static IEnumerable<Socks5Exception> All()
    {
        yield return Known.NotResolved(new SocketException((int)SocketError.HostNotFound));
        foreach (var error in (SocketError[])[SocketError.ConnectionRefused, SocketError.TimedOut, SocketError.NetworkUnreachable, SocketError.AccessDenied])
            yield return Known.NotConnected(new SocketException((int)error));
        foreach (var stage in (Socks5Stage[])[Socks5Stage.Resolve, Socks5Stage.Connect, Socks5Stage.Secure, Socks5Stage.Negotiate, Socks5Stage.Request])
            yield return Known.TooSlow(stage, TimeSpan.FromSeconds(1.5));
        foreach (var stage in (Socks5Stage[])[Socks5Stage.Negotiate, Socks5Stage.Authenticate, Socks5Stage.Request])
            yield return Known.Closed(stage, null);
        yield return Known.NotTrusted("is self-signed", new IOException());
        yield return Known.NotTls(new IOException());
        yield return Known.NoCertificate(new IOException("no file"));
        yield return Known.NotSocks5();
        yield return Known.NoMethod();
        yield return Anonymous.NoMethod();
        yield return Known.Rejected();
        yield return Known.Garbled(Socks5Stage.Request);
        foreach (var code in Enumerable.Range(1, 9)) yield return Known.Refused((ReplyCode)code);
    }
}
