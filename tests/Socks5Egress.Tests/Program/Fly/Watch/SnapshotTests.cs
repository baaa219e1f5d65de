using System.Net;
using Socks5Egress.Fly.Watch;
using Xunit;

namespace Socks5Egress.Tests.Program.Fly.Watch;

public class SnapshotTests
{
    private static readonly IPAddress Ours = new([198, 51, 100, 7]), Stranger = new([203, 0, 113, 1]);

    [Fact]
    public void A_new_Machine_without_an_address_of_its_own_is_no_change() =>
        Assert.Empty(Taken(Ours, null, "m1").Compare(Taken(Ours, null, "m2")));

    [Fact]
    public void A_lost_address_and_a_new_one_are_both_named() =>
        Assert.Equal(["address-lost", "address-new"], Taken(Ours, null, "m1").Compare(Taken(Stranger, null, "m1")).Select(finding => finding.Code));

    [Fact]
    public void A_Machine_that_took_its_address_along_is_named() =>
        Assert.Equal(["machine-replaced"], Taken(Ours, "m1", "m1").Compare(Taken(Ours, "m1", "m2")).Select(finding => finding.Code));

    [Fact]
    public void Another_address_seen_from_outside_is_a_change_and_silence_is_none()
    {
        var before = Taken(Ours, null, "m1") with { Observed = new HashSet<IPAddress> { Ours } };
        Assert.Equal("observed-changed", Assert.Single(before.Compare(before with { Observed = new HashSet<IPAddress> { Stranger } })).Code);
        Assert.Empty(before.Compare(before with { Observed = new HashSet<IPAddress>() }));
        Assert.Empty(before.Compare(before));
    }

    private static Snapshot Taken(IPAddress address, string? owner, string machine) =>
        new([new("ip_1", address, "fra", owner, null)], [new(machine, "started", "fra")], new HashSet<IPAddress>());
}
