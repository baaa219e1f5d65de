using Socks5Egress.LocalForward;
using Xunit;

namespace Socks5Egress.Tests.Program.LocalForward;

public sealed class ChildEnvironmentTests
{
    [Fact]
    public void A_command_gets_no_password_of_the_gateway()
    {
        var environment = new Dictionary<string, string?>
        {
            ["SOCKS5EGRESS_PASSWORD"] = "secret", ["SOCKS5EGRESS_VIA"] = "socks5://app:secret@gw", ["HOME"] = "/",
        };
        ChildCommand.RemovePassword(environment);
        Assert.Equal(["HOME"], environment.Keys);

        environment["SOCKS5EGRESS_VIA"] = "socks5://app@gw";
        ChildCommand.RemovePassword(environment);
        Assert.Equal(2, environment.Count);
    }
}
