using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Safety;

/// <summary>What is written wrong, lies open or would be shown is refused or kept back, by the program as it is run.</summary>
public sealed class FailClosedTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("run")]
    [InlineData("check")]
    [InlineData("check", "--who")]
    [InlineData("explain", "-", "example.com:443")]
    public async Task An_unknown_key_or_variable_ends_every_verb_that_reads_the_configuration(params string[] verb)
    {
        var file = _folder.Write("gateway.json", """{ "Policy": { "Defualt": "none" } }""");
        var byFile = await RunAsync([.. verb, "--config", file]);
        Assert.Equal((2, ""), (byFile.ExitCode, byFile.Output));
        Assert.Contains("gateway.json: Policy.Defualt: there is no such setting; the nearest is Policy.Default", byFile.Error, StringComparison.Ordinal);

        var byVariable = await RunAsync(verb, ("SOCKS5EGRESS_ALLOW", "10.0.0.0/8"));
        Assert.Equal((2, ""), (byVariable.ExitCode, byVariable.Output));
        Assert.Contains("SOCKS5EGRESS_ALLOW: there is no such setting; the nearest is SOCKS5EGRESS_Policy__Allow__0", byVariable.Error, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_reload_with_an_unknown_key_or_an_open_file_changes_nothing(string transport)
    {
        using var certificates = new Certificates();
        var served = certificates.Server();
        var file = _folder.Write("gateway.json", """{ "Policy": { "Default": "none" } }""");
        await using var gateway = await GatewayProcess.StartAsync(transport, "--config", file, "--tls-cert", served.File, "--tls-key", served.KeyFile);

        _folder.Write("gateway.json", """{ "Polcy": { "Default": "none" } }""");
        await gateway.Log.WaitAsync("gateway.reload-refused", entry => Says(entry, "Polcy: there is no such setting; the nearest is Policy"));
        _folder.Write("gateway.json", """{ "Policy": { "Default": "none", "Mode": "enforce" } }""");
        await gateway.Log.WaitAsync("gateway.reloaded");

        File.SetUnixFileMode(served.KeyFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reload-refused", entry => Says(entry, $"'{served.KeyFile}' can be read by every user of this machine"));
        var start = await RunAsync(["check", "--tls-cert", served.File, "--tls-key", served.KeyFile]);
        Assert.Equal(2, start.ExitCode);

        File.SetUnixFileMode(served.KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherWrite);
        gateway.Signal(Signals.HangUp);
        await gateway.Log.WaitAsync("gateway.reload-refused", entry => Says(entry, "gateway.json' can be written by every user of this machine"));

        static bool Says(System.Text.Json.JsonElement entry, string words) => entry.GetProperty("errors").GetString()!.Contains(words, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_forward_beyond_loopback_says_for_whom()
    {
        foreach (var place in (string[])["0.0.0.0:0", "[::]:0"])
        {
            var gateway = await RunAsync(["check", "--forward", $"{place}=db.example.com:5432"]);
            var client = await RunAsync(["forward", $"{place}=db.example.com:5432", "--via", "socks5://gw:1080"]);
            Assert.Equal((2, 2), (gateway.ExitCode, client.ExitCode));
            Assert.All([gateway, client], result => Assert.Contains("add --clients CIDR for those who may connect, or --no-auth", result.Error, StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_forward_serves_its_clients_alone(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport, "--allow", "127.0.0.0/8");
        await using var forward = await ForwardProcess.StartAsync(target.EndPoint.ToString(), $"socks5://{gateway.EndPoint}", "--clients", "127.0.33.0/24", "--clients", "127.0.35.1");
        foreach (var client in (string[])["127.0.33.7", "127.0.35.1"])
        {
            using var admitted = await RawConnection.ConnectAsync(forward.EndPoint, IPAddress.Parse(client));
            await admitted.SendAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await admitted.ReceiveAsync(5));
        }

        Assert.True(await IsResetAsync(forward.EndPoint, IPAddress.Parse("127.0.34.7")));
        Assert.Equal(2, target.Accepted);
        Assert.Contains("127.0.34.7 may not connect", (await forward.StopAsync()).Error, StringComparison.Ordinal);
    }

    private static async Task<bool> IsResetAsync(IPEndPoint forward, IPAddress source)
    {
        try
        {
            using var client = await RawConnection.ConnectAsync(forward, source);
            return await client.ReceiveToEndAsync() is ([], Ending.Reset);
        }
        catch (SocketException reset) when (reset.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    [Fact]
    public async Task The_command_behind_a_forward_has_no_password()
    {
        string[] forward = ["forward", "0=localhost:1", "--via", "socks5://app@127.0.0.1:1"];
        string[] command = ["--", "sh", "-c", "echo \"[$SOCKS5EGRESS_PASSWORD]\""];
        Assert.Equal("[]\n", (await RunAsync([.. forward, .. command], ("SOCKS5EGRESS_PASSWORD", "S3CRET"))).Output);
        Assert.Equal("[S3CRET]\n", (await RunAsync([.. forward, "--keep-password", .. command], ("SOCKS5EGRESS_PASSWORD", "S3CRET"))).Output);
    }

    [Fact]
    public async Task A_password_on_the_command_line_is_warned_of()
    {
        var result = await RunAsync(["forward", "0=localhost:1", "--via", "socks5://app:S3CRET@127.0.0.1:1", "--", "true"]);
        Assert.Equal(0, result.ExitCode);
        Assert.Contains("warning: --via: ", result.Error, StringComparison.Ordinal);
        Assert.Contains("SOCKS5EGRESS_PASSWORD", result.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("S3CRET", result.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("forward", "5432=db:5432", "--via", "app:S3CRET@gw:1080")]
    [InlineData("forward", "5432=db:5432", "--via", "socks6://app:S3CRET@gw:1080")]
    [InlineData("forward", "5432=db:5432", "--via", "socks5://app:S3CRET@gw:port")]
    [InlineData("forward", "5432=db:5432", "--vai", "socks5://app:S3CRET@gw:1080")]
    [InlineData("forward", "5432=db:5432", "--vai=socks5://app:S3CRET@gw:1080")]
    [InlineData("forward", "socks5://app:S3CRET@gw:1080", "--via", "socks5://gw")]
    [InlineData("forward", "5432=app:S3CRET@db:5432", "--via", "socks5://gw")]
    [InlineData("forward", "app:S3CRET@gw=db:5432", "--via", "socks5://gw")]
    [InlineData("check", "app:S3CRET@gw")]
    [InlineData("check", "app:S3CRET@gw:5432")]
    [InlineData("check", "socks5://app:S3CRET@gw:1080")]
    [InlineData("check", "postgres://app:S3CRET@db:port/x")]
    [InlineData("check", "db:5432", "--via", "gw,app:S3CRET@gw")]
    [InlineData("explain", "-", "app:S3CRET@db")]
    [InlineData("run", "--listen", "app:S3CRET@gw:1080")]
    [InlineData("run", "--resolver", "socks5://app:S3CRET@gw")]
    [InlineData("socks5://app:S3CRET@gw:1080")]
    [InlineData("run", "--users", "app:S3CRET")]
    [InlineData("run", "--users=app:S3CRET")]
    [InlineData("run", "--users", "S3CRET")]
    [InlineData("run", "--admin-token-file", "S3CRET")]
    [InlineData("run", "--admin", "app:S3CRET")]
    [InlineData("run", "--allow", "app:S3CRET")]
    [InlineData("run", "--clients", "app:S3CRET")]
    [InlineData("run", "--forward", "app:S3CRET")]
    [InlineData("run", "--oidc", "app:S3CRET")]
    [InlineData("run", "--tls-cert", "app:S3CRET", "--tls-key", "S3CRET")]
    [InlineData("run", "--password", "S3CRET")]
    [InlineData("run", "--password=S3CRET")]
    [InlineData("run", "-pS3CRET")]
    [InlineData("run", "app:S3CRET")]
    [InlineData("run", "S3CRET")]
    [InlineData("hash-password", "S3CRET")]
    [InlineData("hash-password", "--token", "S3CRET")]
    [InlineData("explain", "app:S3CRET")]
    [InlineData("explain", "app:S3CRET", "db:5432")]
    [InlineData("explain", "-", "app:S3CRET")]
    [InlineData("check", "app:S3CRET")]
    [InlineData("forward", "app:S3CRET", "--via", "socks5://gw")]
    [InlineData("login", "app:S3CRET")]
    [InlineData("reload", "S3CRET")]
    [InlineData("reload", "--admin-token-file", "S3CRET")]
    [InlineData("retire", "app:S3CRET")]
    [InlineData("disconnect", "app:S3CRET")]
    [InlineData("disconnect", "--client", "app:S3CRET")]
    [InlineData("status", "S3CRET")]
    [InlineData("help", "app:S3CRET")]
    [InlineData("egress", "app:S3CRET")]
    [InlineData("app:S3CRET")]
    [InlineData("S3CRET")]
    [InlineData("--password=S3CRET")]
    public async Task A_password_in_the_wrong_place_is_not_repeated(params string[] words)
    {
        var result = await RunAsync(words);
        Assert.Equal(2, result.ExitCode);
        Assert.DoesNotContain("S3CRET", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_file_is_not_taken_for_a_stale_socket()
    {
        var file = _folder.Write("plain", "");
        var result = await RunAsync(["forward", $"unix:{file}=localhost:1", "--via", "socks5://127.0.0.1:1", "--", "true"]);
        Assert.Equal((125, true), (result.ExitCode, File.Exists(file)));

        var socket = Path.Combine(_folder.Path, "socket");
        using (var stale = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            // .NET removes the name that it was bound to, and no other one
            stale.Bind(new UnixDomainSocketEndPoint(socket + ".bound"));
            Assert.Equal(0, (await ExternalProgram.RunAsync("ln", [socket + ".bound", socket])).ExitCode);
        }

        // Somebody listens and does not accept: a connect has no place in the queue, and the socket is no stale one
        var busy = new UnixDomainSocketEndPoint(Path.Combine(_folder.Path, "busy"));
        using (var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        using (var waiting = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            listener.Bind(busy);
            listener.Listen(0);
            waiting.Connect(busy);
            Assert.Equal((125, true), ((await RunAsync(["forward", $"unix:{busy}=localhost:1", "--via", "socks5://127.0.0.1:1", "--", "true"])).ExitCode, File.Exists(busy.ToString())));
        }

        var link = Path.Combine(_folder.Path, "link");
        // Bound, and not listening yet: it refuses as a stale one does
        var early = Path.Combine(_folder.Path, "early");
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(early));
            await RefusedAsync(early, "another program has this socket");
        }

        var datagrams = Path.Combine(_folder.Path, "datagrams");
        using (var bound = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified))
        {
            bound.Bind(new UnixDomainSocketEndPoint(datagrams));
            await RefusedAsync(datagrams, "another program has this socket");
        }

        File.CreateSymbolicLink(link, "/nowhere/socket");
        await RefusedAsync(link, "a symbolic link to '/nowhere/socket' stands there");
        await RefusedAsync(file, "no socket");

        Assert.True(File.Exists(socket));
        Assert.Equal(0, (await RunAsync(["forward", $"unix:{socket}=localhost:1", "--via", "socks5://127.0.0.1:1", "--", "true"])).ExitCode);
        Assert.False(File.Exists(socket));

        async Task RefusedAsync(string path, string why)
        {
            var refused = await RunAsync(["forward", $"unix:{path}=localhost:1", "--via", "socks5://127.0.0.1:1", "--", "true"]);
            Assert.True(refused.ExitCode == 125 && refused.Error.Contains(path, StringComparison.Ordinal) && refused.Error.Contains(why, StringComparison.Ordinal), refused.ToString());
            Assert.True(File.Exists(path) || path == link);
        }
    }

    private static Task<ProgramResult> RunAsync(string[] words, params (string Name, string Value)[] environment) =>
        ExternalProgram.RunAsync(GatewayProcess.Executable, words, environment.ToDictionary(variable => variable.Name, variable => variable.Value));
}
