using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary><c>forward</c> as scripts and people use it.</summary>
public sealed class ForwardTests(EgressSetup setup)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Pgbench_runs_behind_it_and_its_exit_code_comes_back(string transport)
    {
        var server = await setup.ServerAsync();
        var port = FreePort.Pick().ToString(CultureInfo.InvariantCulture);
        var environment = DatabaseClient.Libpq(server, "localhost");
        (environment["PGHOSTADDR"], environment["PGPORT"]) = ("127.0.0.1", port);
        string[] forward = ["forward", $"{port}=localhost:{server.Port}", "--via", SocksProxy.Of(await setup.GatewayAsync(transport)).Url, "--wait", "--"];
        string[] call = [.. forward, PostgresServer.Program("pgbench"), "--no-vacuum"];

        // A database of its own: filling it drops the tables, and others run pgbench on this server at the same time
        var database = "forward_" + transport;
        var created = await ExternalProgram.RunAsync(GatewayProcess.Executable, [.. forward, PostgresServer.Program("createdb"), database], environment);
        Assert.True(created.ExitCode == 0, created.ToString());
        environment["PGDATABASE"] = database;

        var filled = await ExternalProgram.RunAsync(GatewayProcess.Executable, [.. call, "-i", "-q"], environment);
        Assert.True(filled.ExitCode == 0, filled.ToString());
        var ran = await ExternalProgram.RunAsync(GatewayProcess.Executable, [.. call, "-S", "-c", "2", "-t", "50"], environment);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Contains("number of transactions actually processed: 100/100", ran.Output, StringComparison.Ordinal);

        // pgbench ends with 1 for a database that is not there
        environment["PGDATABASE"] = "nowhere";
        var failed = await ExternalProgram.RunAsync(GatewayProcess.Executable, [.. call, "-S", "-t", "1"], environment);
        Assert.Equal(1, failed.ExitCode);
        Assert.Contains("database \"nowhere\" does not exist", failed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(7, "sh", "-c", "exit 7")]
    [InlineData(137, "sh", "-c", "kill -9 $$")]
    [InlineData(0, "sh", "-c", "test \"$*\" = \"--via x -- --wait\"", "sh", "--via", "x", "--", "--wait")]
    [InlineData(125, "/nowhere/at-all")]
    public async Task The_commands_end_is_ours(int code, params string[] command)
    {
        using var dead = new DeadGateway();
        var result = await Forward(["0=localhost:5432", "--via", dead.Proxy.Url, "--", .. command]);
        Assert.True(result.ExitCode == code, result.ToString());
        Assert.Equal("", result.Output);
    }

    [Fact]
    public async Task A_signal_is_passed_on_to_the_command()
    {
        using var dead = new DeadGateway();
        using var folder = new TemporaryFolder();
        var ready = Path.Combine(folder.Path, "ready");
        using var process = Process.Start(new ProcessStartInfo(GatewayProcess.Executable,
            ["forward", "0=localhost:5432", "--via", dead.Proxy.Url, "--", "sh", "-c", $"trap 'exit 9' TERM; : >'{ready}'; while :; do sleep 0.1; done"])
        { RedirectStandardError = true })!;
        await Deadline.UntilAsync(() => File.Exists(ready), () => "the command did not start");
        Signals.Send(process.Id, Signals.Terminate);
        using var deadline = Deadline.Token();
        await process.WaitForExitAsync(deadline.Token);
        Assert.Equal(9, process.ExitCode);
    }

    [Fact]
    public async Task Wait_ends_with_0_when_every_way_works_and_else_with_a_sentence()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var via = SocksProxy.Of(await setup.GatewayAsync("auto")).Url;
        Assert.Equal(0, (await Forward([$"0={target.EndPoint}", "--via", via, "--wait"])).ExitCode);

        using var dead = new DeadGateway();
        var gone = await Forward([$"0={target.EndPoint}", "--via", dead.Proxy.Url, "--wait=1s"]);
        Assert.Equal(1, gone.ExitCode);
        Assert.Contains($"The gateway {dead.Proxy.EndPoint} refuses connections", gone.Error, StringComparison.Ordinal);
        Assert.Equal(125, (await Forward([$"0={target.EndPoint}", "--via", dead.Proxy.Url, "--wait=1s", "--", "true"])).ExitCode);
    }

    [Fact]
    public async Task A_client_waits_while_the_target_comes_up()
    {
        using var reserved = FreePort.Reserve();
        var place = (IPEndPoint)reserved.LocalEndPoint!;
        await using var forward = await ForwardProcess.StartAsync(place.ToString(), SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        using var client = await RawConnection.ConnectAsync(forward.EndPoint);
        await client.SendAsync("early"u8.ToArray());
        // Until now it was bound only, and refused
        reserved.Listen(1);
        using var accepted = new RawConnection(await reserved.AcceptAsync(TestContext.Current.CancellationToken));
        Assert.Equal("early"u8.ToArray(), await accepted.ReceiveAsync(5));
    }

    [Fact]
    public async Task SIGTERM_lets_open_connections_end_and_takes_no_new_ones()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        using var client = await RawConnection.ConnectAsync(forward.EndPoint);
        await client.SendAsync("one"u8.ToArray());
        Assert.Equal("one"u8.ToArray(), await client.ReceiveAsync(3));

        Signals.Send(forward.Pid, Signals.Terminate);
        await Deadline.UntilAsync(async () =>
        {
            try
            {
                (await RawConnection.ConnectAsync(forward.EndPoint)).Dispose();
                return false;
            }
            catch (SocketException)
            {
                return true;
            }
        }, () => "it still listens");
        await client.SendAsync("two"u8.ToArray());
        Assert.Equal("two"u8.ToArray(), await client.ReceiveAsync(3));
        client.Finish();
        var (code, words) = await forward.WaitForExitAsync();
        Assert.Equal(0, code);
        Assert.Contains("connections may end", words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_second_signal_cuts_with_a_reset()
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), SocksProxy.Of(await setup.GatewayAsync("auto")).Url);
        using var client = await RawConnection.ConnectAsync(forward.EndPoint);
        await client.SendAsync("one"u8.ToArray());
        await client.ReceiveAsync(3);
        Signals.Send(forward.Pid, Signals.Terminate);
        await Deadline.UntilAsync(() => !ProcessState.Listening(forward.Pid).Any(), () => "it still listens");
        Signals.Send(forward.Pid, Signals.Terminate);
        Assert.Equal(Ending.Reset, (await client.ReceiveToEndAsync()).Ending);
        Assert.Equal(0, (await forward.WaitForExitAsync()).ExitCode);
    }

    [Fact]
    public async Task A_Unix_socket_and_a_file_of_forwards_do()
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var path = Path.Combine(folder.Path, "way");
        var file = folder.Write("forwards", $"# one a line\nunix:{path}={target.EndPoint}\n");
        var result = await ExternalProgram.RunAsync(GatewayProcess.Executable, ["forward", "--file", file, "--via", SocksProxy.Of(await setup.GatewayAsync("auto")).Url, "--",
            "sh", "-c", $"echo hello | nc -N -U '{path}'; stat -c %a '{path}'"]);
        Assert.True(result.ExitCode == 0, result.ToString());
        Assert.Equal("hello\n600\n", result.Output);
        Assert.False(File.Exists(path));
    }

    /// <summary>Of two gateways one dies: what it carried is lost with a reset, everything else goes on, and new connections find the other at once.</summary>
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task When_one_of_two_gateways_dies_only_its_sessions_are_lost(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var first = await GatewayProcess.StartAsync(transport);
        await using var second = await GatewayProcess.StartAsync(transport);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), $"socks5://{first.EndPoint},socks5://{second.EndPoint}");
        var clients = new List<RawConnection>();
        for (var i = 0; i < 6; i++) clients.Add(await EchoAsync(forward));
        // Least used first: three each
        Assert.Equal((3, 3), (await SessionsAsync(first), await SessionsAsync(second)));

        first.Signal(Signals.Kill);
        await first.WaitForExitAsync();
        for (var i = 0; i < 6; i++) clients.Add(await EchoAsync(forward));
        var lost = 0;
        foreach (var client in clients)
        {
            if (await StillWorksAsync(client)) continue;
            lost++;
        }
        Assert.Equal(3, lost);
        Assert.Equal(9, await SessionsAsync(second));
        foreach (var client in clients) client.Dispose();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task An_IPv6_target_and_a_name_with_addresses_of_both_families_are_reached(string transport)
    {
        using var folder = new TemporaryFolder();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = GatewayProcess.OpenLoopback,
            Through = HostsFile.Through(folder, "127.0.0.1 both.test", "::1 both.test"),
        });
        await using var target = RawTarget.Start(RawTarget.EchoAsync, IPAddress.IPv6Loopback);
        foreach (var name in (string[])[target.EndPoint.ToString(), $"both.test:{target.EndPoint.Port}"])
        {
            await using var forward = await ForwardProcess.StartAsync(name, SocksProxy.Of(gateway).Url);
            using var client = await EchoAsync(forward);
            client.Finish();
            var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("target").GetString() == name);
            Assert.Equal(target.EndPoint.ToString(), end.GetProperty("dialled").GetString());
        }
    }

    /// <summary>As behind <c>egress.internal</c>: machines come and go under one name.</summary>
    [Fact]
    public async Task The_gateways_behind_a_name_are_looked_up_for_each_connection()
    {
        using var folder = new TemporaryFolder();
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        var first = Socks5Egress.SystemTests.Scale.Fleet.FreePort(Socks5Egress.SystemTests.Scale.Fleet.NextMachine());
        IPEndPoint[] places = [first, new(Socks5Egress.SystemTests.Scale.Fleet.NextMachine(), first.Port), new(Socks5Egress.SystemTests.Scale.Fleet.NextMachine(), first.Port)];
        var gateways = await Task.WhenAll(places.Select(place => GatewayProcess.StartAsync("auto", "--listen", place.ToString())));
        try
        {
            var hosts = HostsFile.Through(folder, Line(0), Line(1));
            await using var forward = await ForwardProcess.StartAsync(hosts, target.EndPoint.ToString(), $"socks5://fleet.test:{first.Port}");
            var clients = new List<RawConnection>();
            for (var i = 0; i < 4; i++) clients.Add(await EchoAsync(forward));
            Assert.Equal((int[])[2, 2, 0], await CountsAsync());

            // In place: the mounted file stays the same one
            File.WriteAllText(Path.Combine(folder.Path, "hosts"), Line(2) + "\n");
            for (var i = 0; i < 3; i++) clients.Add(await EchoAsync(forward));
            Assert.Equal((int[])[2, 2, 3], await CountsAsync());
            foreach (var client in clients) Assert.True(await StillWorksAsync(client));
            clients.ForEach(client => client.Dispose());
        }
        finally
        {
            foreach (var gateway in gateways) await gateway.DisposeAsync();
        }

        string Line(int place) => $"{places[place].Address} fleet.test";

        Task<int[]> CountsAsync() => Task.WhenAll(gateways.Select(SessionsAsync));
    }

    /// <summary>A limit is one gateway's trouble: on Fly.io a Machine has 1,000 sessions to a database, and the next Machine has room.</summary>
    [Theory]
    [InlineData("--max-sessions", "1")]
    [InlineData("--max-source-sessions", "1")]
    [InlineData("--max-destination", "1")]
    [InlineData("--max-rate", "1")]
    [InlineData("--max-memory", "1M")]
    public async Task A_gateway_at_a_limit_is_passed_over(string limit, string value)
    {
        await using var full = await GatewayProcess.StartAsync("auto", limit, value);
        await using var free = await GatewayProcess.StartAsync("auto");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), $"socks5://{full.EndPoint},socks5://{free.EndPoint}", "--retry", "0");
        var clients = new List<RawConnection>();
        for (var i = 0; i < 6; i++) clients.Add(await EchoAsync(forward));
        foreach (var client in clients) client.Dispose();
    }

    /// <summary>Programs of one connection each spread over a fleet: 16 that all begin with the first would be one chance in 65,536.</summary>
    [Fact]
    public async Task Each_program_begins_with_a_gateway_of_its_own_choice()
    {
        await using var first = await GatewayProcess.StartAsync("auto");
        await using var second = await GatewayProcess.StartAsync("auto");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        for (var i = 0; i < 16 && (first.Log.Of("session.end").Count == 0 || second.Log.Of("session.end").Count == 0); i++)
            Assert.Equal(0, (await Forward([$"0={target.EndPoint}", "--via", $"socks5://{first.EndPoint},socks5://{second.EndPoint}", "--wait"])).ExitCode);
        await first.Log.WaitAsync("session.end", _ => true);
        await second.Log.WaitAsync("session.end", _ => true);
    }

    private static async Task<RawConnection> EchoAsync(ForwardProcess forward)
    {
        var client = await RawConnection.ConnectAsync(forward.EndPoint);
        await client.SendAsync("hello"u8.ToArray());
        Assert.Equal("hello"u8.ToArray(), await client.ReceiveAsync(5));
        return client;
    }

    private static async Task<bool> StillWorksAsync(RawConnection client)
    {
        try
        {
            await client.SendAsync("again"u8.ToArray());
            return (await client.ReceiveAsync(5)).AsSpan().SequenceEqual("again"u8);
        }
        catch (Exception ended) when (ended is SocketException or IOException)
        {
            return false;
        }
    }

    private static async Task<int> SessionsAsync(GatewayProcess gateway)
    {
        using var http = new HttpClient();
        using var page = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync(new Uri(gateway.Admin, "/sessions"), TestContext.Current.CancellationToken));
        return page.RootElement.ValueKind == System.Text.Json.JsonValueKind.Array ? page.RootElement.GetArrayLength() : page.RootElement.GetProperty("sessions").GetArrayLength();
    }

    private static Task<ProgramResult> Forward(string[] words) => ExternalProgram.RunAsync(GatewayProcess.Executable, ["forward", .. words]);
}
