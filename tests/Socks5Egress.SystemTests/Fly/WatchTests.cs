using System.Net;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Xunit;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>The deploy monitor, and allocating until an address is seen: both look through a real gateway.</summary>
public sealed class WatchTests : IAsyncLifetime
{
    private FakeFly _fly = null!;
    private EchoServer _echo = null!;
    private GatewayProcess _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        _fly = await FakeFly.StartAsync();
        _echo = await EchoServer.StartAsync(IPAddress.Loopback);
        _gateway = await GatewayProcess.StartAsync("auto", "--bind", "127.0.0.2");
        _fly.Machines.Add(("m1", "fra", "started"));
        _fly.Egress.Add(("198.51.100.7", "fra", "m1"));
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _echo.DisposeAsync();
        await _fly.DisposeAsync();
    }

    [Fact]
    public async Task A_deploy_that_changes_nothing_passes_and_its_own_failure_is_passed_on()
    {
        await using var target = RawTarget.Start();
        string[] way = ["--target", target.EndPoint.ToString()];
        Assert.Contains("Seconds without the target: 0", (await WatchAsync(0, way, "sleep", "1")).Output, StringComparison.Ordinal);
        await WatchAsync(7, [], "sh", "-c", "exit 7");
    }

    [Fact]
    public async Task A_replaced_Machine_and_a_lost_address_fail_the_deploy()
    {
        _fly.Answer("machines", FakeFly.Text("""{"data":{"app":{"machines":{"nodes":[{"id":"m1","egressIpAddresses":{"nodes":[{"ip":"198.51.100.7","version":4,"region":"fra"}]}}]}}}}"""), FakeFly.Text("""[{"id":"m1","region":"fra","state":"started"}]"""));
        _fly.Machines[0] = ("m2", "fra", "started");
        var result = await WatchAsync(1, [], "true");
        Assert.Contains("machine-replaced: m1", result.Output, StringComparison.Ordinal);
        Assert.Contains("address-lost: 198.51.100.7", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Seconds_without_the_target_are_told_and_fail_the_deploy()
    {
        var target = RawTarget.Start();
        await target.DisposeAsync();
        var result = await WatchAsync(1, ["--target", target.EndPoint.ToString()], "sleep", "2");
        Assert.Contains(target.EndPoint + " is not reached", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Allocating_waits_until_the_address_is_seen_through_the_gateway()
    {
        string[] words = ["allocate", "--region", "fra", "--via", Via, "--probe", _echo.Url];
        _echo.Claim = "198.51.100.1";
        await EgressProgram.RunAsync(_fly, [.. words, "--wait"], 0);
        var unseen = await EgressProgram.RunAsync(_fly, [.. words, "--another", "--wait=1s"], 1);
        Assert.Contains("198.51.100.2/32", unseen.Output, StringComparison.Ordinal);
        Assert.Contains("no probe saw", unseen.Error, StringComparison.Ordinal);
    }

    private string Via => "socks5://" + _gateway.EndPoint;

    private Task<ProgramResult> WatchAsync(int exit, string[] options, params string[] command) =>
        EgressProgram.RunAsync(_fly, ["watch", "--via", Via, "--probe", _echo.Url, .. options, "--", .. command], exit);
}
