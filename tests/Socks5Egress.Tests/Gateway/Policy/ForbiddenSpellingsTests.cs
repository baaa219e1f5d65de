using System.Net;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Policy;

public sealed class ForbiddenSpellingsTests
{
    private static readonly EgressPolicy Default = new([], [], PolicyDefault.Public, PolicyMode.Enforce, LocalEndpoints.None);

    public static TheoryData<string> Names => [.. ForbiddenSpellings.Names];

    public static TheoryData<string> Addresses => [.. ForbiddenSpellings.Addresses];

    [Fact]
    public void There_are_enough_and_none_twice()
    {
        Assert.True(ForbiddenSpellings.Names.Length >= 150);
        Assert.Equal(ForbiddenSpellings.Names, ForbiddenSpellings.Names.Distinct(StringComparer.Ordinal));
        Assert.Equal(ForbiddenSpellings.Addresses, ForbiddenSpellings.Addresses.Distinct(StringComparer.Ordinal));
    }

    /// <summary>Not even looked up: a resolver that takes the spelling for an address is never asked.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_forbidden_name_is_neither_resolved_nor_dialled(string name)
    {
        var verdict = Default.JudgeName(Destination.Of(name, 5432));
        Assert.NotEqual(NameDecision.Resolve, verdict.Decision);
        if (verdict.Decision == NameDecision.Literal)
            Assert.False(Default.JudgeAddress(verdict.Question, verdict.Question.Literal!).MayDial);
        else
            Assert.NotNull(verdict.Rule);
    }

    /// <summary>The widest rules that name no address open nothing of the table.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void A_star_opens_no_forbidden_name(string name)
    {
        var star = new EgressPolicy(
            [EgressPolicyTests.RuleOf("*"), EgressPolicyTests.RuleOf("*.internal")], [], PolicyDefault.Public, PolicyMode.Open, LocalEndpoints.None);
        var verdict = star.JudgeName(Destination.Of(name, 5432));
        Assert.False(verdict.Decision == NameDecision.Resolve
            || (verdict.Decision == NameDecision.Literal && star.JudgeAddress(verdict.Question, verdict.Question.Literal!).MayDial));
    }

    [Theory]
    [MemberData(nameof(Addresses))]
    public void A_forbidden_address_is_refused_whatever_led_to_it(string text)
    {
        var address = EgressPolicyTests.Ip(text);
        var asAddress = Default.JudgeName(Destination.Of(address, 5432));
        Assert.Equal(NameDecision.Literal, asAddress.Decision);
        Assert.False(Default.JudgeAddress(asAddress.Question, asAddress.Question.Literal!).MayDial);
        // The same as the second answer of a name server (rebinding), and with a scope
        var asName = Default.JudgeName(Destination.Of("rebound.example.com", 5432));
        Assert.Equal(NameDecision.Resolve, asName.Decision);
        Assert.False(Default.JudgeAddress(asName.Question, address).MayDial);
        if (address.GetAddressBytes() is { Length: 16 } bytes)
            Assert.False(Default.JudgeAddress(asName.Question, new IPAddress(bytes, 1)).MayDial);
    }

    [Theory]
    [InlineData("example.com")]
    [InlineData("EXAMPLE.com.")]
    [InlineData("a_b.example.com")]
    [InlineData("-a-.example.com")]
    [InlineData("xn--bcher-kva.example")]
    [InlineData("127.0.0.1.example.com")]
    [InlineData("0x7f.example.com")]
    [InlineData("1.2.3.4a")]
    [InlineData("1e3")]
    [InlineData("notlocalhost")]
    [InlineData("localhost.example.com")]
    [InlineData("internal")]
    [InlineData("my-internal")]
    [InlineData("xinternal.example")]
    public void A_name_just_outside_is_resolved(string name)
    {
        var verdict = Default.JudgeName(Destination.Of(name, 443));
        Assert.Equal(NameDecision.Resolve, verdict.Decision);
        Assert.Equal(name.TrimEnd('.').ToLowerInvariant(), verdict.Question.Host);
        Assert.True(Default.JudgeAddress(verdict.Question, EgressPolicyTests.Ip("8.8.8.8")).MayDial);
    }
}
