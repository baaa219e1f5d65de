using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>Somebody else's server on 127.0.0.1, up until it is disposed.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Process _process;
    private readonly Task<string> _error;
    private readonly Task<string> _output;

    private ServerProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync();
        _output = process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>Starts it and waits until its port takes connections.</summary>
    public static async Task<ServerProcess> StartAsync(int port, string program, params string[] arguments)
    {
        var server = new ServerProcess(Process.Start(
            new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!);
        await Deadline.UntilAsync(async () =>
        {
            if (server._process.HasExited) throw new InvalidOperationException($"{program} ended:\n{await server._output}{await server._error}");
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port));
                return true;
            }
            catch (SocketException)
            {
                return false;
            }
        }, () => $"{program} does not listen", Patience);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        await Task.WhenAll(_error, _output);
        _process.Dispose();
    }
}
