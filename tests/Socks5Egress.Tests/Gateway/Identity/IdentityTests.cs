using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Identity;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Identity;

public class IdentityTests
{
    private static readonly IPAddress Ours = new([198, 51, 100, 7]), AlsoOurs = new([198, 51, 100, 8]), Stranger = new([203, 0, 113, 1]), Other = new([203, 0, 113, 2]);
    private static readonly IPAddress OursV6 = new([0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7]);
    private static readonly TimeSpan Early = TimeSpan.FromSeconds(5), Late = TimeSpan.FromSeconds(60);

    public static TheoryData<IPAddress?[], string> Rounds => new()
    {
        { [Ours, Ours, null], "Right" },
        { [Ours, AlsoOurs], "Right" },
        { [Ours], "Right" },
        { [Stranger], "Wrong" },
        { [Stranger, Stranger, Ours], "Wrong" },
        { [Ours, Ours, Stranger], "Right" },
        { [Ours, null, null], "Nothing" },
        { [Stranger, null], "Nothing" },
        { [Stranger, Other], "Nothing" },
        { [Ours, Stranger], "Nothing" },
        { [Ours, Ours, Stranger, Stranger], "Nothing" },
        { [null, null], "Nothing" },
        { [], "Nothing" },
    };

    [Theory]
    [MemberData(nameof(Rounds))]
    public void Two_probes_have_to_agree_unless_there_is_one_only(IPAddress?[] answers, string seen) =>
        Assert.Equal(seen, Observation.Judge(answers, [Ours, AlsoOurs]).Seen.ToString());

    [Theory]
    [InlineData("Gate", "", false, "pending")]
    [InlineData("Gate", "R", true, "")]
    [InlineData("Gate", "W", false, "wrong")]
    [InlineData("Gate", "WWR", true, "")]
    [InlineData("Gate", "WN", false, "wrong")]
    [InlineData("Gate", "RW", true, "changed")]
    [InlineData("Gate", "RWN", true, "changed")]
    [InlineData("Gate", "RWR", true, "")]
    [InlineData("Gate", "RN", true, "")]
    [InlineData("Gate", "n", false, "pending")]
    [InlineData("Gate", "N", true, "unproven")]
    [InlineData("Gate", "NR", true, "")]
    [InlineData("Gate", "NW", false, "wrong")]
    [InlineData("Strict", "N", false, "unproven")]
    [InlineData("Strict", "R", true, "")]
    [InlineData("Strict", "RW", true, "changed")]
    [InlineData("Warn", "W", true, "wrong")]
    [InlineData("Warn", "", true, "pending")]
    public void The_listeners_are_open_when_the_mode_says_so(string mode, string rounds, bool open, string reason)
    {
        var identity = Play(new() { Mode = Enum.Parse<IdentityMode>(mode), Expected = [Ours] }, AddressFamily.InterNetwork, rounds);
        Assert.Equal(open, identity.IsOpen);
        if (reason.Length == 0) Assert.Empty(identity.Reasons);
        else Assert.StartsWith($"egress-ipv4-{reason}:", Assert.Single(identity.Reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Each_family_is_judged_and_reported_by_itself()
    {
        EgressIdentity identity = new() { Mode = IdentityMode.Gate, Expected = [Ours, OursV6] };
        identity = Play(Play(identity, AddressFamily.InterNetwork, "R"), AddressFamily.InterNetworkV6, "W");
        Assert.True(identity.IsOpen);
        Assert.True(identity.Uses(AddressFamily.InterNetwork));
        Assert.False(identity.Uses(AddressFamily.InterNetworkV6));
        Assert.Equal($"egress-ipv6-wrong: leaves from {Stranger}, expected {OursV6}", Assert.Single(identity.Reasons));
    }

    [Fact]
    public void A_family_without_an_expected_address_is_not_used()
    {
        var identity = Play(new() { Mode = IdentityMode.Gate, Expected = [Ours] }, AddressFamily.InterNetwork, "R");
        Assert.False(identity.Uses(AddressFamily.InterNetworkV6));
        Assert.True(EgressIdentity.Off.Uses(AddressFamily.InterNetworkV6));
    }

    /// <summary>R right, W wrong, n nothing early, N nothing after a minute.</summary>
    private static EgressIdentity Play(EgressIdentity identity, AddressFamily family, string rounds) =>
        rounds.Aggregate(identity, (state, round) => state.With(family, state.Of(family).Next(
            round switch { 'R' => new(Seen.Right, Ours), 'W' => new(Seen.Wrong, Stranger), _ => default }, round == 'N' ? Late : Early)));
}
