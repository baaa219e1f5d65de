using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Release;

/// <summary>Each part of a release, installed and run.</summary>
public sealed class ReleaseTests(MadeRelease made)
{
    private const string Version = MadeRelease.Version;
    private const int ElfMachineOffset = 18;
    private const byte Aarch64 = 0xB7;

    [Fact]
    public async Task Each_part_of_a_release_installs_and_runs()
    {
        using var folder = new TemporaryFolder();
        var release = await made.FolderAsync();

        await RunAsync("sh", ["-c", $"cd '{release}' && sha256sum --check --strict SHA256SUMS"], TimeSpan.FromMinutes(1));
        await TheToolInstalls(release, folder.Path);
        var native = await Unpack(release, folder.Path, "linux-x64");
        Assert.StartsWith(Version + "\n", await RunAsync(native, ["--version"], Deadline.Step), StringComparison.Ordinal);
        await TheArmOneRuns(await Unpack(release, folder.Path, "linux-arm64"));
        await TwoVersionsServeSideBySide(native);
        await TheNativeOneHasTheRecordsOfTls(native);
    }

    private static async Task TheToolInstalls(string release, string folder)
    {
        var place = Path.Combine(folder, "tool");
        await RunAsync(
            "dotnet", ["tool", "install", "Socks5Egress", "--tool-path", place, "--add-source", Path.Combine(release, "packages"), "--version", Version],
            TimeSpan.FromMinutes(3));
        Assert.StartsWith(
            Version + "\n", await RunAsync(Path.Combine(place, "socks5egress"), ["--version"], Deadline.Step), StringComparison.Ordinal);
    }

    private static async Task TheArmOneRuns(string program)
    {
        Assert.Equal(Aarch64, (await File.ReadAllBytesAsync(program))[ElfMachineOffset]);
        var version = await RunAsync("qemu-aarch64-static", ["-L", "/usr/aarch64-linux-gnu", program, "--version"], TimeSpan.FromMinutes(1));
        Assert.StartsWith(Version + "\n", version, StringComparison.Ordinal);
    }

    // What a rolling upgrade looks like from a client: one machine has the new one, another still the old one
    private static async Task TwoVersionsServeSideBySide(string newer)
    {
        await using var old = await GatewayProcess.StartAsync(new GatewayStart { Transport = "auto", Options = GatewayProcess.OpenLoopback, Program = GatewayProcess.Portable });
        await using var upgraded = await GatewayProcess.StartAsync(new GatewayStart { Transport = "auto", Options = GatewayProcess.OpenLoopback, Program = newer });
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        foreach (var gateway in (GatewayProcess[])[old, upgraded, old, upgraded])
        {
            using var connection = await RawClient.OpenAsync(gateway, target.EndPoint);
            await connection.SendAsync("hello"u8.ToArray());
            Assert.Equal("hello"u8.ToArray(), await connection.ReceiveAsync(5));
        }
    }

    // What is taken out of SslStream is a private field: a trimmer that removed it would leave a gateway that works, but cannot end idle sessions at a drain
    private static async Task TheNativeOneHasTheRecordsOfTls(string native)
    {
        using var certificates = new Certificates();
        var served = certificates.Server();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "auto",
            Options = [.. GatewayProcess.OpenLoopback, "--tls-cert", served.File, "--tls-key", served.KeyFile, "--drain-delay", "0"],
            Program = native,
        });
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        await using var client = await TlsClient.ConnectAsync(gateway);
        Assert.Equal(ReplyCode.Succeeded, await client.RequestAsync(Socks5.Connect(target.EndPoint)));
        gateway.Signal(Signals.Terminate);
        Assert.Empty(await client.ReceiveRestAsync());
        Assert.Equal("drain-idle", (await gateway.Log.SessionEndAsync(client.Raw.Local)).GetProperty("end").GetString());
    }

    private static async Task<string> RunAsync(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        using var deadline = Deadline.Token(limit);
        return await Tool.RunAsync(program, arguments, deadline.Token);
    }

    private static async Task<string> Unpack(string release, string folder, string platform)
    {
        var place = Directory.CreateDirectory(Path.Combine(folder, platform)).FullName;
        await RunAsync("tar", ["-xzf", Path.Combine(release, $"socks5egress-{Version}-{platform}.tar.gz"), "-C", place], Deadline.Step);
        Assert.Equal(["LICENSE", "README.md", "socks5egress", "socks5egress.1"], Directory.GetFiles(place).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        return Path.Combine(place, "socks5egress");
    }
}
