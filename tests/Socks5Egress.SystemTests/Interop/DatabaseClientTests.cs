using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>The purpose of the program: a client that has no address of its own reaches a server that admits one.</summary>
public sealed class DatabaseClientTests(EgressSetup setup)
{
    private const string WhoAmI = "select inet_client_addr()";

    public static TheoryData<string> Clients => [.. DatabaseClient.All];

    public static MatrixTheoryData<string, string> ClientsAndTransports =>
        new(DatabaseClient.All, TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(ClientsAndTransports))]
    public async Task The_server_sees_the_egress_address(string client, string transport)
    {
        var gateway = await setup.GatewayAsync(transport);
        var result = await DatabaseClient.QueryAsync(client, await setup.ServerAsync(), SocksProxy.Of(gateway), WhoAmI);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("127.0.0.77", result.Output.Trim());
    }

    [Theory, MemberData(nameof(Clients))]
    public async Task Without_the_gateway_the_server_refuses(string client)
    {
        var result = await DatabaseClient.QueryAsync(client, await setup.ServerAsync(), null, WhoAmI);
        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("no pg_hba.conf entry for host \"127.0.0.1\"", result.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Clients))]
    public async Task With_the_gateway_down_the_client_fails_and_does_not_pass_by_it(string client)
    {
        // Bound and not listening: connections are refused, and nobody else gets the port
        using var reserved = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        reserved.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var proxy = new SocksProxy((IPEndPoint)reserved.LocalEndPoint!);
        var result = await DatabaseClient.QueryAsync(client, await setup.ServerAsync(), proxy, WhoAmI);
        Assert.NotEqual(0, result.ExitCode);
        // The server's own refusal would mean that the client reached it
        Assert.DoesNotContain("pg_hba", result.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(ClientsAndTransports))]
    public async Task A_user_with_the_right_password_gets_through_and_another_does_not(string client, string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. EgressSetup.Options, "--users", await StoredUsers.WriteAsync(folder, ("worker", "gate-password"))],
        });
        var server = await setup.ServerAsync();
        var right = await DatabaseClient.QueryAsync(client, server, new(gateway.EndPoint, "worker", "gate-password"), WhoAmI);
        Assert.True(right.ExitCode == 0, right.ToString());
        Assert.Equal("127.0.0.77", right.Output.Trim());
        var wrong = await DatabaseClient.QueryAsync(client, server, new(gateway.EndPoint, "worker", "guess"), WhoAmI);
        Assert.NotEqual(0, wrong.ExitCode);
        await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("end").GetString() == "bad-credentials");
    }

    [Theory, MemberData(nameof(ClientsAndTransports))]
    public async Task Localhost_with_two_addresses_is_reached_at_the_one_that_listens(string client, string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. GatewayProcess.OpenLoopback, "--bind", "127.0.0.77,::1"],
            Through = HostsFile.Through(folder, "::1 localhost", "127.0.0.1 localhost"),
        });
        var server = await setup.ServerAsync();
        var result = await DatabaseClient.QueryAsync(client, server, SocksProxy.Of(gateway), WhoAmI, host: "localhost");
        Assert.True(result.ExitCode == 0, result + "\n" + gateway.Log.Text);
        Assert.Equal("127.0.0.77", result.Output.Trim());
    }
}
