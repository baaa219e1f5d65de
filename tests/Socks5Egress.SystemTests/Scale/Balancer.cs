using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Debian's HAProxy in front of a fleet, as the documentation has it: TCP, health from <c>/readyz</c>, PROXY v2 on.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private readonly TemporaryFolder _folder;
    private readonly Process _process;

    private Balancer(TemporaryFolder folder, Process process, IPEndPoint endpoint)
    {
        (_folder, _process, EndPoint) = (folder, process, endpoint);
        // What it says of servers going up and down must not fill the pipe
        _ = process.StandardError.ReadToEndAsync();
        _ = process.StandardOutput.ReadToEndAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>Starts it and waits until it has seen every gateway ready.</summary>
    public static async Task<Balancer> StartAsync(Fleet fleet)
    {
        var folder = new TemporaryFolder();
        var endpoint = Fleet.FreePort(Fleet.NextMachine());
        var file = folder.Write("haproxy.cfg", Configuration(endpoint, fleet));
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-f", file])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var balancer = new Balancer(folder, process, endpoint);
        await Deadline.UntilAsync(() => ProcessState.Listening(process.Id).Count > 0, () => "HAProxy does not listen");
        return balancer;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    /// <summary>The configuration; docs/scaling.md shows the same.</summary>
    private static string Configuration(IPEndPoint listen, Fleet fleet)
    {
        var servers = new StringBuilder();
        for (var i = 0; i < fleet.Listen.Count; i++)
            servers.Append(CultureInfo.InvariantCulture, $"  server gateway{i + 1} {fleet.Listen[i]} check addr {fleet.Admin[i].Address} port {fleet.Admin[i].Port}\n");
        return $"""
            global
              maxconn 4000
            defaults
              mode tcp
              timeout connect 2s
              timeout client 1h
              timeout server 1h
              retries 3
              option redispatch 1
            listen gateways
              bind {listen}
              balance leastconn
              option httpchk GET /readyz
              http-check expect status 200
              default-server inter 200ms fall 1 rise 2 send-proxy-v2
            {servers}
            """;
    }
}
