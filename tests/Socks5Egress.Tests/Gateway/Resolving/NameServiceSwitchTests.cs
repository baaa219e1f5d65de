using Socks5Egress.Gateway.Resolving;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Resolving;

public sealed class NameServiceSwitchTests
{
    private const string Stub = "nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch .\n";

    [Theory]
    [InlineData("hosts: files dns", true)]
    [InlineData("hosts:\tdns files\t# the order of these two is ours", true)]
    [InlineData("hosts: files mdns4_minimal [NOTFOUND=return] dns", true)]
    [InlineData("hosts: files mdns4_minimal [ notfound = return ] dns myhostname", false)]
    [InlineData("hosts: files myhostname mdns4_minimal [NOTFOUND=return] dns", true)]
    [InlineData("hosts: files dns [NOTFOUND=return] myhostname", true)]
    [InlineData("passwd: files", true)]
    [InlineData("", true)]
    [InlineData("hosts: files", false)]
    [InlineData("hosts: files [NOTFOUND=return] dns", false)]
    [InlineData("hosts: files mymachines dns", false)]
    [InlineData("hosts: files mdns4 dns", false)]
    [InlineData("hosts: files ldap dns", false)]
    [InlineData("hosts: files resolve [!UNAVAIL=return] dns", false)]
    [InlineData("#hosts: files ldap dns", true)]
    public void The_own_client_answers_where_the_system_would_ask_the_same_servers(string line, bool leaves) =>
        Assert.Equal(leaves, NameServiceSwitch.Parse(line + "\n").LeavesToClient("db.example.com", "gateway", ResolvConf.Parse("nameserver 192.0.2.53")));

    [Theory]
    [InlineData("hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns", Stub, false)]
    [InlineData("hosts: files resolve [!UNAVAIL=return] myhostname dns", Stub, true)]
    [InlineData("hosts: files resolve dns", Stub + "nameserver 192.0.2.53\n", false)]
    [InlineData("hosts: files dns", "nameserver fe80::1%eth0\n", false)]
    public void The_stub_of_systemd_resolved_answers_as_its_module_does(string line, string servers, bool leaves) =>
        Assert.Equal(leaves, NameServiceSwitch.Parse(line).LeavesToClient("db.example.com", "gateway", ResolvConf.Parse(servers)));

    [Theory]
    [InlineData("printer.local", "hosts: files mdns4_minimal [NOTFOUND=return] dns", false)]
    [InlineData("printer.local", "hosts: files dns", true)]
    [InlineData("gateway", "hosts: files dns myhostname", false)]
    [InlineData("_gateway", "hosts: files dns myhostname", false)]
    [InlineData("gateway", "hosts: files dns", true)]
    public void Names_that_a_service_has_for_itself_go_to_the_system(string name, string line, bool leaves) =>
        Assert.Equal(leaves, NameServiceSwitch.Parse(line).LeavesToClient(name, "Gateway", ResolvConf.Absent));

    [Fact]
    public void Resolv_conf_says_whom_to_ask()
    {
        var servers = ResolvConf.Parse("search corp.example\r\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 # the second\n; nameserver 192.0.2.9\noptions ndots:5 use-vc\noptions no-aaaa\n");
        Assert.Equal(["192.0.2.1:53", "[2001:db8::1]:53"], servers.Servers.Select(server => server.ToString()));
        Assert.True(servers is { UsesTcp: true, LeavesOutIPv6: true, IsForeign: false });
        Assert.Equal("127.0.0.1:53", Assert.Single(ResolvConf.Parse("# nothing").Servers).ToString());
        Assert.Equal(3, ResolvConf.Parse(string.Concat(Enumerable.Range(1, 5).Select(i => $"nameserver 192.0.2.{i}\n"))).Servers.Length);
    }
}
