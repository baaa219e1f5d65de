using System.Globalization;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>ssh by a ProxyCommand, and git over ssh and over HTTP.</summary>
public sealed class SshTests(EgressSetup setup) : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _port = FreePort.Pick();
    private ServerProcess? _server;

    public async ValueTask InitializeAsync()
    {
        // It will not start without this folder of its own
        Directory.CreateDirectory("/run/sshd");
        foreach (var name in (string[])["host", "user"]) await RunAsync("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", Path.Combine(_folder.Path, name));
        var configuration = _folder.Write("sshd_config", $"""
            Port {_port}
            ListenAddress 127.0.0.1
            HostKey {_folder.Path}/host
            AuthorizedKeysFile {_folder.Path}/user.pub
            StrictModes no
            UsePAM no
            PidFile none

            """);
        _server = await ServerProcess.StartAsync(_port, "/usr/sbin/sshd", "-D", "-e", "-f", configuration);
    }

    [Fact]
    public async Task Ssh_goes_through_a_ProxyCommand()
    {
        var through = await SshAsync(SocksProxy.Of(await setup.GatewayAsync("auto")));
        Assert.True(through.ExitCode == 0, through.ToString());
        Assert.Equal("127.0.0.77", through.Output.Trim());
        using var dead = new DeadGateway();
        Assert.Equal(255, (await SshAsync(dead.Proxy)).ExitCode);
    }

    [Fact]
    public async Task Git_goes_over_ssh_and_over_HTTP()
    {
        var repository = Path.Combine(_folder.Path, "repository");
        await RunAsync("git", "init", "-q", repository);
        await RunAsync("git", "-C", repository, "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "-q", "--allow-empty", "-m", "first");
        await RunAsync("git", "-C", repository, "update-server-info");
        var http = FreePort.Pick();
        await using var site = await ServerProcess.StartAsync(
            http, "/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1", "--directory", _folder.Path, http.ToString(CultureInfo.InvariantCulture));

        var gateway = SocksProxy.Of(await setup.GatewayAsync("auto"));
        using var dead = new DeadGateway();
        string[] OverSsh(SocksProxy proxy) => ["-c", "core.sshCommand=" + string.Join(' ', Ssh(proxy).Select(Quoted)), "ls-remote", $"ssh://root@127.0.0.1:{_port}{repository}"];
        string[] OverHttp(SocksProxy proxy) => ["-c", $"http.proxy=socks5h://{proxy.EndPoint}", "ls-remote", $"http://127.0.0.1:{http}/repository/.git"];
        foreach (var words in (Func<SocksProxy, string[]>[])[OverSsh, OverHttp])
        {
            var through = await ExternalProgram.RunAsync("git", words(gateway));
            Assert.True(through.ExitCode == 0, through.ToString());
            Assert.Contains("HEAD", through.Output, StringComparison.Ordinal);
            Assert.NotEqual(0, (await ExternalProgram.RunAsync("git", words(dead.Proxy))).ExitCode);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        _folder.Dispose();
    }

    private static string Quoted(string word) => $"'{word}'";

    private Task<ProgramResult> SshAsync(SocksProxy proxy) => ExternalProgram.RunAsync(
        "ssh", [.. Ssh(proxy).Skip(1), "-p", _port.ToString(CultureInfo.InvariantCulture), "root@127.0.0.1", "echo ${SSH_CONNECTION%% *}"]);

    /// <summary>Debian's nc (OpenBSD's) can send no password; ncat and connect-proxy can.</summary>
    private string[] Ssh(SocksProxy proxy) =>
        ["ssh", "-F", "none", "-i", Path.Combine(_folder.Path, "user"), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
            "-o", $"ProxyCommand=nc -X 5 -x {proxy.EndPoint} %h %p"];

    private static async Task RunAsync(string program, params string[] arguments)
    {
        var result = await ExternalProgram.RunAsync(program, arguments);
        Assert.True(result.ExitCode == 0, $"{program}: {result}");
    }
}
