using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.LocalForward;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Program.LocalForward;

public sealed class ForwardSpecTests
{
    [Theory]
    [InlineData("5432=db.example.com:5432", "127.0.0.1:5432", "db.example.com:5432")]
    [InlineData("0=db:1", "127.0.0.1:0", "db:1")]
    [InlineData("0.0.0.0:5432=192.0.2.1:65535", "0.0.0.0:5432", "192.0.2.1:65535")]
    [InlineData("[::1]:5432=[2001:db8::1]:5432", "[::1]:5432", "[2001:db8::1]:5432")]
    public void Local_and_target_are_read(string text, string local, string target)
    {
        Assert.Null(ForwardSpec.Parse(text, out var spec));

        Assert.Equal(IPEndPoint.Parse(local), spec!.Local);
        Assert.Equal(target, spec.Target.ToString());
    }

    [Fact]
    public void A_Unix_socket_may_have_an_equals_sign_in_its_path()
    {
        Assert.Null(ForwardSpec.Parse("unix:/run/a=b/.s.PGSQL.5432=db:5432", out var spec));

        Assert.Equal("/run/a=b/.s.PGSQL.5432", Assert.IsType<UnixDomainSocketEndPoint>(spec!.Local).ToString());
        Assert.Equal("db", spec.Host);
    }

    [Theory]
    [InlineData("db:5432")]
    [InlineData("=db:5432")]
    [InlineData("5432=")]
    [InlineData("5432=db")]
    [InlineData("5432=db:0")]
    [InlineData("5432=db:65536")]
    [InlineData("65536=db:1")]
    [InlineData("5432=2001:db8::1:5432")]
    [InlineData("5432=[db]:5432")]
    [InlineData("5432=a b:5432")]
    [InlineData("5432=a/b:5432")]
    [InlineData("localhost:5432=db:5432")]
    [InlineData("unix:=db:5432")]
    public void What_is_no_forward_is_refused_with_a_sentence(string text)
    {
        Assert.NotNull(ForwardSpec.Parse(text, out var spec));
        Assert.Null(spec);
    }

    [Fact]
    public void A_socket_path_longer_than_the_system_takes_is_refused()
    {
        Assert.Contains("too long", ForwardSpec.Parse("unix:/" + new string('a', 120) + "=db:1", out _), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_has_one_forward_a_line_and_faults_name_theirs()
    {
        var (specs, faults) = ForwardSpec.ParseLines(["# databases", "", " 5432=a:5432 ", "wrong", "3306=b:3306"]);

        Assert.Equal(["a", "b"], specs.Select(spec => spec.Host));
        Assert.StartsWith("line 4: ", Assert.Single(faults), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5432, "libpq", "host=db.example.com hostaddr=127.0.0.1 port=15432")]
    [InlineData(5432, "Npgsql", "o.TargetHost = \"db.example.com\"")]
    [InlineData(5432, "Node", "servername: 'db.example.com'")]
    [InlineData(5432, "JDBC", "jdbc:postgresql://127.0.0.1:15432/")]
    [InlineData(5432, "URL", "postgresql://USER:PASSWORD@db.example.com:15432/DATABASE?hostaddr=127.0.0.1")]
    [InlineData(5432, "Django", "DATABASE_URL='postgresql://USER:PASSWORD@db.example.com:15432/DATABASE?hostaddr=127.0.0.1&sslmode=verify-full'")]
    [InlineData(5432, "SQLAlchemy", "postgresql+psycopg://USER:PASSWORD@db.example.com:15432/DATABASE?hostaddr=127.0.0.1&sslmode=verify-full")]
    [InlineData(3306, "SQLAlchemy", "mysql+pymysql://USER:PASSWORD@127.0.0.1:15432/DATABASE")]
    [InlineData(3306, "URL", "mysql://USER:PASSWORD@127.0.0.1:15432/DATABASE")]
    [InlineData(6379, "URL", "redis://127.0.0.1:15432/0")]
    [InlineData(3306, "MySqlConnector", "Server=127.0.0.1;Port=15432")]
    [InlineData(1433, "SqlClient", "HostNameInCertificate=db.example.com")]
    [InlineData(6379, "redis-cli", "-h 127.0.0.1 -p 15432")]
    [InlineData(443, "curl", "--connect-to db.example.com:443:127.0.0.1:15432")]
    [InlineData(9999, "libpq", "hostaddr=127.0.0.1")]
    public void Each_driver_is_told_the_local_end_and_the_real_name(int port, string driver, string part)
    {
        Assert.Contains(Hints(port, "socks5://gw:1080"), hint => hint.Driver == driver && hint.Text.Contains(part, StringComparison.Ordinal));
    }

    /// <summary>A file of hosts replaces every other lookup of a JVM: what needs none is said first, and the price of the other beside it.</summary>
    [Fact]
    public void A_JVM_is_led_through_the_gateway_itself_before_a_file_of_hosts()
    {
        var text = Assert.Single(Hints(5432, "socks5://app:secret@gw.internal:1080"), hint => hint.Driver == "JDBC").Text;
        Assert.StartsWith("java -DsocksProxyHost=gw.internal -DsocksProxyPort=1080 ", text, StringComparison.Ordinal);
        Assert.Contains("jdbc:postgresql://db.example.com:5432/", text, StringComparison.Ordinal);
        Assert.Contains("every other lookup", text[text.IndexOf("jdk.net.hosts.file", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("secret", text, StringComparison.Ordinal);
        Assert.DoesNotContain("socksProxyHost", Assert.Single(Hints(5432, "socks5+tls://gw:1443"), hint => hint.Driver == "JDBC").Text, StringComparison.Ordinal);
    }

    private static IReadOnlyList<(string Driver, string Text)> Hints(int port, string via) =>
        ConnectionHints.Of(new IPEndPoint(IPAddress.Any, 15432), Destination.Of("db.example.com", (ushort)port), Socks5Proxy.Parse(via));
}
