using System.Collections.Concurrent;
using System.ComponentModel;
using System.Net.Sockets;
using Socks5Egress.Supervision;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Exec.Namespace;

/// <summary>The helper with its namespace ready: gives sockets of it, starts the command, tells its end.</summary>
internal sealed class RunningHelper
{
    private readonly HelperChannel _channel;
    private readonly ConcurrentQueue<TaskCompletionSource<Socket>> _asked = new();
    private readonly Lock _order = new();
    private readonly TaskCompletionSource<HelperMessage?> _started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<HelperMessage?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public RunningHelper(HelperChannel channel)
    {
        _channel = channel;
        Supervisor.OfProcess.StartThread("exec.command", Receive);
    }

    /// <summary>Lets the command begin.</summary>
    /// <returns>That it runs, or why it does not; null when the helper is gone.</returns>
    public Task<HelperMessage?> StartAsync(bool dropPassword, bool dropVia)
    {
        _channel.Start(dropPassword, dropVia);
        return _started.Task;
    }

    /// <summary>The command's end; null when the helper ended without a word.</summary>
    public Task<HelperMessage?> Ended => _ended.Task;

    public void Signal(int signal) => _channel.Signal(signal);

    /// <summary>A new socket of the namespace.</summary>
    /// <exception cref="SocketException">There is none.</exception>
    public Task<Socket> OpenAsync(AddressFamily family, SocketType type)
    {
        var asked = new TaskCompletionSource<Socket>(TaskCreationOptions.RunContinuationsAsynchronously);
        // The answers come in the order of the questions
        lock (_order)
        {
            _asked.Enqueue(asked);
            _channel.Open(family == AddressFamily.InterNetworkV6 ? Libc.Inet6 : Libc.Inet, type == SocketType.Dgram ? HelperCalls.Datagram : Libc.Stream);
        }

        return asked.Task;
    }

    private void Receive()
    {
        while (_channel.Receive() is { } message)
        {
            switch (message.Word)
            {
                case HelperWord.Opened:
                    Hand(message);
                    break;
                case HelperWord.Started or HelperWord.NotExecuted or HelperWord.Failed:
                    _started.TrySetResult(message);
                    break;
                case HelperWord.Exited:
                    _ended.TrySetResult(message);
                    break;
                case HelperWord.Stopped:
                    // Ourselves, so that the shell we are a job of sees it stop
                    _ = HelperCalls.Kill(Environment.ProcessId, message.Number);
                    break;
            }
        }

        _started.TrySetResult(null);
        _ended.TrySetResult(null);
        while (_asked.TryDequeue(out var asked)) asked.TrySetException(new SocketException((int)SocketError.NetworkDown));
    }

    private void Hand(HelperMessage message)
    {
        if (!_asked.TryDequeue(out var asked)) return;
        if (message.Descriptors is [var descriptor]) asked.TrySetResult(NamespaceSockets.Adopt(descriptor));
        else asked.TrySetException(new SocketException((int)Errno.ToSocketError(message.Number)));
    }
}
