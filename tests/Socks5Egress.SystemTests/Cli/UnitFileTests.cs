using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>The systemd unit, and what the program tells a service manager.</summary>
public sealed class UnitFileTests
{
    [Fact]
    public async Task Systemd_accepts_the_unit()
    {
        using var folder = new TemporaryFolder();
        // The unit names the place where the executable is installed, which is not here
        var unit = (await File.ReadAllTextAsync(RepositoryRoot.Of("deploy", "socks5egress.service"), TestContext.Current.CancellationToken))
            .Replace("/usr/local/bin/socks5egress", GatewayProcess.Executable, StringComparison.Ordinal);
        var result = await ExternalProgram.RunAsync("systemd-analyze", ["verify", "--man=no", folder.Write("socks5egress.service", unit)]);
        Assert.Equal(0, result.ExitCode);
        Assert.DoesNotContain("socks5egress.service:", result.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_manager_hears_ready_alive_and_stopping()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        manager.Bind(new UnixDomainSocketEndPoint(path));
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = "sockets",
            Options = ["--drain-delay", "0"],
            Environment = new Dictionary<string, string> { ["NOTIFY_SOCKET"] = path, ["WATCHDOG_USEC"] = "400000" },
        });
        await HeardAsync(manager, "READY=1");
        for (var i = 0; i < 3; i++) await HeardAsync(manager, "WATCHDOG=1");
        gateway.Signal(Signals.Terminate);
        await HeardAsync(manager, "STOPPING=1");
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    private static async Task HeardAsync(Socket manager, string state)
    {
        var buffer = new byte[256];
        using var deadline = Deadline.Token();
        while (Encoding.UTF8.GetString(buffer, 0, await manager.ReceiveAsync(buffer, SocketFlags.None, deadline.Token)).Trim() != state)
        {
            // Another one first
        }
    }
}
