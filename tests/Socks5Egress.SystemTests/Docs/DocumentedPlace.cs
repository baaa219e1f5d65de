using System.Net;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Fly;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Docs;
using Xunit;

[assembly: AssemblyFixture(typeof(DocumentedPlace))]

namespace Socks5Egress.SystemTests.Docs;

/// <summary>
/// Where the commands of the pages are run: a folder with the files that they name, a gateway for the user "app", something that
/// answers where they say db.example.com, and the fake of Fly.io's interfaces.
/// </summary>
public sealed partial class DocumentedPlace : IAsyncDisposable
{
    private const string Password = "a-documented-password";

    private readonly TemporaryFolder _folder = new();
    private readonly RawTarget _target = RawTarget.Start(RawTarget.EchoAsync);
    private readonly Lazy<Task<GatewayProcess>> _gateway;
    private readonly Lazy<Task<GatewayProcess>> _secured;

    public DocumentedPlace()
    {
        _gateway = new(StartAsync);
        _secured = new(StartSecuredAsync);
    }

    /// <summary>Runs a command in bash as it stands in a page, but for the hosts, the ports and the program behind <c>--</c>.</summary>
    internal async Task<ProgramResult> RunAsync(string command)
    {
        var gateway = await _gateway.Value;
        if (command.Contains("socks5+tls://", StringComparison.Ordinal)) gateway = await _secured.Value;
        await using var fly = await FakeFly.StartAsync();
        fly.Machines.Add(("MACHINE_ID", "fra", "started"));
        // A pair is allocated where there is none
        fly.Egress.AddRange(command.Contains("egress allocate", StringComparison.Ordinal) ? [] : command.Contains("promote", StringComparison.Ordinal)
            ? [("198.51.100.7", "fra", "MACHINE_ID"), ("2001:db8::7", "fra", "MACHINE_ID")]
            : [("198.51.100.7", "fra", null), ("2001:db8::7", "fra", null)]);
        var hosts = HostsFile.Through(_folder, "127.0.0.1 localhost", "93.184.215.14 db.example.com a.example.com b.example.com cache.example.com");
        return await ExternalProgram.RunAsync(
            hosts[0], [.. hosts.Skip(1), "bash", "-euo", "pipefail", "-c", $"cd '{_folder.Path}'; " + Here(command, gateway.EndPoint)],
            new Dictionary<string, string>
            {
                ["HOME"] = _folder.Path,
                ["PATH"] = _folder.Path + ":" + Environment.GetEnvironmentVariable("PATH"),
                ["SOCKS5EGRESS_PASSWORD"] = Password,
                ["SOCKS5EGRESS_ADMIN"] = gateway.Admin.Authority,
                ["DATABASE_URL"] = "tcp://" + _target.EndPoint,
                ["FLY_API_TOKEN"] = fly.Token,
                ["FLY_API_BASE_URL"] = fly.BaseUrl,
            },
            // What `egress release` wants typed
            input: "198.51.100.7\n");
    }

    public async ValueTask DisposeAsync()
    {
        if (_secured.IsValueCreated) await (await _secured.Value).DisposeAsync();
        if (_gateway.IsValueCreated) await (await _gateway.Value).DisposeAsync();
        await _target.DisposeAsync();
        _folder.Dispose();
    }

    private string Here(string command, IPEndPoint gateway)
    {
        // What `run` would be told is checked by the same code, without listening on the ports of the pages
        if (command.StartsWith("socks5egress run ", StringComparison.Ordinal)) return command.Replace("socks5egress run ", "socks5egress check ", StringComparison.Ordinal);
        if (!command.Contains("--via", StringComparison.Ordinal)) return command;
        command = GatewayHost().Replace(command, gateway.ToString());
        command = TargetHost().Replace(command, _target.EndPoint.ToString());
        if (!command.StartsWith("socks5egress forward ", StringComparison.Ordinal) && !command.StartsWith("socks5egress exec ", StringComparison.Ordinal)) return command;
        command = LocalPort().Replace(command, " 0=");
        var behind = command.IndexOf(" -- ", StringComparison.Ordinal);
        return (behind < 0 ? command : command[..behind]) + " -- true";
    }

    private async Task<GatewayProcess> StartAsync()
    {
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "socks5egress"), GatewayProcess.Executable);
        File.Copy(RepositoryRoot.Of("fly.toml"), Path.Combine(_folder.Path, "fly.toml"));
        _folder.Write("db-allowed.txt", "# the database\n198.51.100.7\n2001:db8::7\n");
        _folder.Write("gateway.json", "{}");
        _folder.Write("token.txt", "0123456789abcdef\n");
        _folder.WriteSecret("admin-token", "0123456789abcdef\n");
        foreach (var name in (string[])["users", "users.txt"])
            _folder.WriteSecret(name, $"app:{await StoredUsers.HashAsync(Password, token: true)}\n");
        var certificate = await ExternalProgram.RunAsync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=gateway", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", Path.Combine(_folder.Path, "gateway.key"), "-out", Path.Combine(_folder.Path, "gateway.crt")]);
        Assert.True(certificate.ExitCode == 0, certificate.ToString());
        foreach (var copy in (string[])["ca.pem", "gw.pem"]) File.Copy(Path.Combine(_folder.Path, "gateway.crt"), Path.Combine(_folder.Path, copy));
        File.Copy(Path.Combine(_folder.Path, "gateway.key"), Path.Combine(_folder.Path, "gw.key"));
        return await GatewayProcess.StartAsync("auto", "--users", _folder.WriteSecret("gateway-users", $"app:{await StoredUsers.HashAsync(Password, token: true)}\n"));
    }

    private Task<GatewayProcess> StartSecuredAsync() => GatewayProcess.StartAsync(
        "auto", "--users", Path.Combine(_folder.Path, "gateway-users"), "--tls-cert", Path.Combine(_folder.Path, "gateway.crt"), "--tls-key", Path.Combine(_folder.Path, "gateway.key"));

    [GeneratedRegex(@"\b(my-)?egress[a-z.-]*:1(080|443)\b")]
    private static partial Regex GatewayHost();

    [GeneratedRegex(@"\b[a-z]+\.example\.com:\d+\b")]
    private static partial Regex TargetHost();

    [GeneratedRegex(@" (127\.0\.0\.1:)?\d+=")]
    private static partial Regex LocalPort();
}
