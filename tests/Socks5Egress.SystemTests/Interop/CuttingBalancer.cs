using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>Debian's HAProxy as it fails over: one server for each kind is up, and the sessions of the one that goes down are closed at once.</summary>
internal sealed class CuttingBalancer : IAsyncDisposable
{
    private static int s_started;

    private readonly TemporaryFolder _folder = new();
    private readonly Process _process;
    private readonly int _kinds;
    private bool _isAtNew;

    /// <param name="kinds">The ports of each kind's two servers.</param>
    private CuttingBalancer(IReadOnlyList<(string Kind, int Old, int Next)> kinds)
    {
        var address = new IPAddress(new byte[] { 127, 0, 92, (byte)Interlocked.Increment(ref s_started) });
        var text = new StringBuilder($"""
            global
              maxconn 200
              stats socket {Control} level admin
            defaults
              mode tcp
              timeout connect 10s
              timeout client 1h
              timeout server 1h
              default-server on-marked-down shutdown-sessions source {PostgresServer.AdmittedSource}

            """);
        foreach (var (kind, old, next) in kinds)
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(address, 0));
            EndPoints.Add((kind, (IPEndPoint)probe.LocalEndPoint!));
            text.Append(CultureInfo.InvariantCulture, $"""
                listen k{EndPoints.Count - 1}
                  bind {probe.LocalEndPoint}
                  server old 127.0.0.1:{old}
                  server new 127.0.0.1:{next} disabled

                """);
        }
        _kinds = kinds.Count;
        _process = Process.Start(new ProcessStartInfo("/usr/sbin/haproxy", ["-q", "-db", "-f", _folder.Write("haproxy.cfg", text.ToString())]))!;
    }

    public List<(string Kind, IPEndPoint EndPoint)> EndPoints { get; } = [];

    private string Control => Path.Combine(_folder.Path, "control");

    public static async Task<CuttingBalancer> StartAsync(IReadOnlyList<(string Kind, int Old, int Next)> kinds)
    {
        var balancer = new CuttingBalancer(kinds);
        await Deadline.UntilAsync(() => ProcessState.Listening(balancer._process.Id).Count >= balancer._kinds, () => "HAProxy does not listen");
        return balancer;
    }

    /// <summary>The servers that are up go down, and the others come up.</summary>
    public async Task FailOverAsync()
    {
        var (down, up) = _isAtNew ? ("new", "old") : ("old", "new");
        _isAtNew = !_isAtNew;
        for (var i = 0; i < _kinds; i++) await TellAsync($"enable server k{i}/{up}; disable server k{i}/{down}\n");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
        _folder.Dispose();
    }

    private async Task TellAsync(string words)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using var deadline = Deadline.Token();
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Control), deadline.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(words), deadline.Token);
        using var reader = new StreamReader(new NetworkStream(socket));
        var answer = (await reader.ReadToEndAsync(deadline.Token)).Trim();
        if (answer.Length > 0) throw new InvalidOperationException("HAProxy said " + answer);
    }
}
