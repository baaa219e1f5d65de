using System.Net;
using Socks5Egress.Gateway.Grants;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Grants;

public sealed class HairpinsTests
{
    private static readonly IPEndPoint Own = IPEndPoint.Parse("198.51.100.7:40000"), Dialed = IPEndPoint.Parse("203.0.113.9:443");
    private readonly Hairpins _hairpins = new();
    private readonly List<string> _ended = [];

    private Action<object> End => name => _ended.Add((string)name);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Whichever_end_comes_second_ends_the_first_and_is_told(bool outwardFirst)
    {
        using var first = outwardFirst ? _hairpins.Leave(Own, Dialed, End, "first") : _hairpins.Arrive(Own, Dialed, End, "first");
        Assert.NotNull(first);
        Assert.Null(outwardFirst ? _hairpins.Arrive(Own, Dialed, End, "second") : _hairpins.Leave(Own, Dialed, End, "second"));
        Assert.Equal(["first"], _ended);
    }

    [Fact]
    public void A_mapped_address_and_a_scope_are_the_same_address()
    {
        using var left = _hairpins.Leave(Own, Dialed, End, "left");
        Assert.Null(_hairpins.Arrive(IPEndPoint.Parse("[::ffff:198.51.100.7]:40000"), IPEndPoint.Parse("[::ffff:203.0.113.9]:443"), End, ""));
        Assert.Equal(["left"], _ended);
    }

    [Theory]
    [InlineData("198.51.100.7:40001", "203.0.113.9:443")]
    [InlineData("198.51.100.8:40000", "203.0.113.9:443")]
    [InlineData("198.51.100.7:40000", "203.0.113.9:444")]
    [InlineData("198.51.100.7:40000", "127.0.0.1:1080")]
    public void A_client_that_shares_some_of_it_is_another_connection(string peer, string dialed)
    {
        using var left = _hairpins.Leave(Own, Dialed, End, "left");
        using var came = _hairpins.Arrive(IPEndPoint.Parse(peer), IPEndPoint.Parse(dialed), End, "came");
        Assert.NotNull(came);
        Assert.Empty(_ended);
    }

    [Fact]
    public void One_that_is_over_is_forgotten_and_the_kernel_may_give_its_ends_again()
    {
        var first = _hairpins.Leave(Own, Dialed, End, "first");
        var second = _hairpins.Leave(Own, Dialed, End, "second");
        first!.Dispose();
        Assert.Equal(1, _hairpins.Count);
        Assert.Null(_hairpins.Arrive(Own, Dialed, End, ""));
        Assert.Equal(["second"], _ended);
        second!.Dispose();
        Assert.Equal(0, _hairpins.Count);
    }
}
