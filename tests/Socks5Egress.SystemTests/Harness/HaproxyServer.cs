using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>Debian's HAProxy in TCP mode: what comes in at <see cref="EndPoint"/> goes to one server.</summary>
internal sealed class HaproxyServer : IAsyncDisposable
{
    private static int s_started;

    private readonly TemporaryFolder _folder;
    private readonly Process _process;
    private readonly Task<string> _said;

    private HaproxyServer(TemporaryFolder folder, Process process, IPEndPoint endpoint)
    {
        (_folder, _process, EndPoint) = (folder, process, endpoint);
        _said = process.StandardError.ReadToEndAsync();
    }

    public IPEndPoint EndPoint { get; }

    /// <param name="server">Where to.</param>
    /// <param name="bindOptions">Words behind <c>bind</c>, such as <c>accept-proxy</c>.</param>
    /// <param name="serverOptions">Words behind <c>server</c>, such as <c>send-proxy-v2</c>.</param>
    public static async Task<HaproxyServer> StartAsync(IPEndPoint server, string bindOptions = "", string serverOptions = "")
    {
        // An address of its own, on which nobody else takes a port between the choice and the start
        var address = new IPAddress(new byte[] { 127, 0, 91, (byte)Interlocked.Increment(ref s_started) });
        using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        probe.Bind(new IPEndPoint(address, 0));
        var endpoint = (IPEndPoint)probe.LocalEndPoint!;
        probe.Close();

        var folder = new TemporaryFolder();
        var file = folder.Write("haproxy.cfg", $"""
            global
              maxconn 200
            defaults
              mode tcp
              timeout connect 10s
              timeout client 60s
              timeout server 60s
            listen tests
              bind {endpoint} {bindOptions}
              server one {server} {serverOptions}

            """);
        var process = Process.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-db", "-f", file]) { RedirectStandardError = true })!;
        var haproxy = new HaproxyServer(folder, process, endpoint);
        await Deadline.UntilAsync(haproxy.ListensAsync, () => "HAProxy does not listen");
        return haproxy;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        await _said;
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task<bool> ListensAsync()
    {
        if (_process.HasExited) throw new InvalidOperationException("HAProxy ended:\n" + await _said);
        return ProcessState.Listening(_process.Id).Count > 0;
    }
}
