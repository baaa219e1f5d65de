using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>
/// The unit, installed as its header says. There is no systemd to start it in a container, so its command is run as systemd would: as a user that
/// owns nothing, without capabilities, with the credentials in a folder that this user alone can read.
/// </summary>
public sealed partial class InstalledUnitTests
{
    private const int DynamicUser = 61184;

    private static readonly string Unit = File.ReadAllText(RepositoryRoot.Of("deploy", "socks5egress.service"));

    [Fact]
    public async Task It_starts_with_the_sample_file_as_a_user_that_owns_nothing()
    {
        Assert.SkipUnless(Environment.UserName == "root", "another user is taken on, which needs root");
        using var folder = new TemporaryFolder();
        await ExternalProgram.RunAsync("chmod", ["755", folder.Path]);
        var credentials = Directory.CreateDirectory(Path.Combine(folder.Path, "credentials")).FullName;
        foreach (Match credential in Credential().Matches(Unit)) await HandOverAsync(folder, credentials, credential.Groups[1].Value);
        await ExternalProgram.RunAsync("chown", ["-R", $"{DynamicUser}:{DynamicUser}", credentials]);
        await ExternalProgram.RunAsync("chmod", ["-R", "u=rX,go=", credentials]);
        // Ports of the tests' own; everything else is as shipped
        var config = folder.Write("gateway.json", File.ReadAllText(RepositoryRoot.Of("deploy", "gateway.json"))
            .Replace("[::]:1080", "[::]:0", StringComparison.Ordinal).Replace("127.0.0.1:9180", "127.0.0.1:0", StringComparison.Ordinal));
        await ExternalProgram.RunAsync("chmod", ["644", config]);

        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        var notify = Path.Combine(folder.Path, "notify");
        manager.Bind(new UnixDomainSocketEndPoint(notify));
        await ExternalProgram.RunAsync("chmod", ["666", notify]);
        var command = Line("ExecStart").Split(' ')[1..].Select(word => word == "/etc/socks5egress/gateway.json" ? config : word);
        List<string> words = ["--reuid", DynamicUser.ToString(CultureInfo.InvariantCulture), "--regid", DynamicUser.ToString(CultureInfo.InvariantCulture), "--clear-groups",
            "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "env", "-i", "DOTNET_ROOT=" + Environment.GetEnvironmentVariable("DOTNET_ROOT"), "NOTIFY_SOCKET=" + notify];
        words.AddRange(Lines("Environment").SelectMany(line => line.Split(' ')).Select(pair => pair.Replace("%d", credentials, StringComparison.Ordinal)));
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("setpriv", [.. words, GatewayProcess.Executable, .. command]) { RedirectStandardError = true })!;
        try
        {
            var buffer = new byte[256];
            using var deadline = Deadline.Token();
            var heard = "";
            while (!heard.Contains("READY=1", StringComparison.Ordinal))
            {
                var next = manager.ReceiveAsync(buffer, SocketFlags.None, deadline.Token).AsTask();
                if (await Task.WhenAny(next, process.WaitForExitAsync(deadline.Token)) != next) Assert.Fail(await process.StandardError.ReadToEndAsync(deadline.Token));
                heard = Encoding.UTF8.GetString(buffer, 0, await next);
            }
        }
        finally
        {
            if (!process.HasExited) process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Out of 10, in tenths: what a flaw in this program could reach.</summary>
    [Fact]
    public async Task It_can_do_little_to_the_machine()
    {
        using var folder = new TemporaryFolder();
        var result = await ExternalProgram.RunAsync(
            "systemd-analyze", ["security", "--offline=true", "--threshold=15", "--no-pager", folder.Write("socks5egress.service", Unit)]);
        Assert.True(result.ExitCode == 0, result.ToString());
    }

    [Fact]
    public async Task The_sample_file_says_what_the_unit_needs()
    {
        var result = await Cli.RunAsync(["check", "--config", RepositoryRoot.Of("deploy", "gateway.json")], null, ("SOCKS5EGRESS_USERS", "app:sha256:" + new string('0', 64)));
        Assert.Equal((0, ""), (result.ExitCode, result.Error));
    }

    private static async Task HandOverAsync(TemporaryFolder folder, string credentials, string name)
    {
        var text = name == "users" ? $"app:{await StoredUsers.HashAsync("a-password", token: true)}\n" : "0123456789abcdef\n";
        File.Copy(folder.Write(name + ".source", text), Path.Combine(credentials, name));
    }

    private static string Line(string key) => Assert.Single(Lines(key));

    private static IEnumerable<string> Lines(string key) =>
        Unit.Split('\n').Where(line => line.StartsWith(key + "=", StringComparison.Ordinal)).Select(line => line[(key.Length + 1)..]);

    [GeneratedRegex("(?m)^LoadCredential=([^:]+):")]
    private static partial Regex Credential();
}
