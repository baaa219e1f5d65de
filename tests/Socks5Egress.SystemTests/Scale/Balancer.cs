using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Debian's HAProxy in front of a fleet, as the documentation has it: TCP, health from <c>/readyz</c>, PROXY v2 on.</summary>
internal sealed class Balancer : IAsyncDisposable
{
    private const string Statistics = "stats.sock";

    private readonly TemporaryFolder _folder;
    private readonly Process _process;
    private readonly StringBuilder _said = new();

    private Balancer(TemporaryFolder folder, Process process, IPEndPoint endpoint)
    {
        (_folder, _process, EndPoint) = (folder, process, endpoint);
        process.ErrorDataReceived += (_, line) => Note(line.Data);
        process.OutputDataReceived += (_, line) => Note(line.Data);
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>What it has said of gateways that go up and down.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<Balancer> StartAsync(Fleet fleet)
    {
        var folder = new TemporaryFolder();
        var endpoint = Fleet.FreePort(Fleet.NextMachine());
        var file = folder.Write("haproxy.cfg", Configuration(endpoint, fleet, Path.Combine(folder.Path, Statistics)));
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-f", file])
        { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var balancer = new Balancer(folder, process, endpoint);
        await Deadline.UntilAsync(() => ProcessState.Listening(process.Id).Count > 0, () => "HAProxy does not listen");
        return balancer;
    }

    /// <summary>Waits until it has seen every gateway ready.</summary>
    public Task AllUpAsync() => Deadline.UntilAsync(
        async () => (await StatesAsync()).All(state => state == "UP"), () => "HAProxy does not see every gateway up. It said:\n" + Said, TimeSpan.FromMinutes(1));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    /// <summary>What it makes of each gateway: UP, DOWN, or something like "UP 1/2" between them.</summary>
    private async Task<IEnumerable<string>> StatesAsync()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var deadline = Deadline.Token();
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder.Path, Statistics)), deadline.Token);
        await socket.SendAsync("show stat\n"u8.ToArray(), deadline.Token);
        using var reader = new StreamReader(new NetworkStream(socket));
        var lines = (await reader.ReadToEndAsync(deadline.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(',')).ToArray();
        var (name, status) = (1, Array.IndexOf(lines[0], "status"));
        return lines.Where(line => line[name].StartsWith("gateway", StringComparison.Ordinal)).Select(line => line[status]);
    }

    private void Note(string? line)
    {
        lock (_said) _said.AppendLine(line);
    }

    /// <summary>The configuration; docs/scaling.md shows the same.</summary>
    private static string Configuration(IPEndPoint listen, Fleet fleet, string statistics)
    {
        var servers = new StringBuilder();
        for (var i = 0; i < fleet.Listen.Count; i++)
            servers.Append(CultureInfo.InvariantCulture, $"  server gateway{i + 1} {fleet.Listen[i]} check addr {fleet.Admin[i].Address} port {fleet.Admin[i].Port}\n");
        return $"""
            global
              maxconn 4000
              stats socket {statistics}
            defaults
              mode tcp
              timeout connect 2s
              timeout check 2s
              timeout client 1h
              timeout server 1h
              retries 3
              option redispatch 1
            listen gateways
              bind {listen}
              balance leastconn
              option httpchk GET /readyz
              http-check expect status 200
              default-server inter 200ms fastinter 50ms fall 2 rise 2 send-proxy-v2
            {servers}
            """;
    }
}
