using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class HostsTextTests
{
    [Fact]
    public void Names_have_all_their_addresses_in_order()
    {
        var entries = HostsText.Parse("127.0.0.1 localhost db\n# ::1 never\n::1\tlocalhost ip6-localhost # both\r\n10.0.0.5 DB.Internal db\n");
        Assert.Equal("127.0.0.1 ::1", Text("localhost"));
        Assert.Equal("127.0.0.1 10.0.0.5", Text("db"));
        Assert.Equal("10.0.0.5", Text("db.internal"));

        string Text(string name) => string.Join<System.Net.IPAddress>(' ', entries[name]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("127.0.0.1")]
    [InlineData("0x7f.1 sneaky")]
    [InlineData("localhost 127.0.0.1")]
    public void Lines_that_are_no_entry_are_skipped(string line) => Assert.Empty(HostsText.Parse(line));
}
