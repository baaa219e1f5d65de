using System.Buffers;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>
/// Reads from a local connection while a gateway is being found for it: to notice that it left, and because what it sends
/// meanwhile must come first later. At most 16 KiB; behind that the kernel holds the sender back.
/// </summary>
internal sealed class WaitingClient : EarlyBytes, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Socket _socket;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _left = new();
    private readonly Task _reading;
    private TaskCompletionSource _more = NewSignal();
    private bool _isOver;
    private int _count;

    public WaitingClient(Socket socket) : base(ReadOnlyMemory<byte>.Empty)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    /// <summary>Cancelled when the connection is reset: nobody waits any more.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>It sent FIN: it may have left, or may be done with sending. One attempt is still due, no further one.</summary>
    public bool HasFinished { get; private set; }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Arrived
    {
        get
        {
            lock (_lock) return _buffer.AsMemory(0, _count);
        }
    }

    /// <inheritdoc/>
    public override async Task<bool> ArriveAsync(int known, CancellationToken cancellation)
    {
        while (true)
        {
            Task more;
            lock (_lock)
            {
                if (_count > known) return true;
                if (_isOver) return false;
                more = _more.Task;
            }
            await more.WaitAsync(cancellation);
        }
    }

    /// <summary>Stops reading; what was read is in <see cref="Arrived"/>.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _reading;
    }

    /// <summary>Only after <see cref="StopAsync"/>, and when the bytes are sent.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _stop.Dispose();
        _left.Dispose();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Take(int count, bool isOver)
    {
        TaskCompletionSource more;
        lock (_lock)
        {
            (_count, _isOver) = (_count + count, isOver);
            (more, _more) = (_more, NewSignal());
        }
        more.TrySetResult();
    }

    private async Task ReadAsync()
    {
        await ReadToEndAsync();
        Take(0, isOver: true);
    }

    private async Task ReadToEndAsync()
    {
        try
        {
            while (_count < _buffer.Length)
            {
                var count = await _socket.ReceiveAsync(_buffer.AsMemory(_count), _stop.Token);
                if (count == 0)
                {
                    HasFinished = true;
                    return;
                }

                Take(count, isOver: false);
            }
        }
        catch (OperationCanceledException)
        {
        }
        catch (SocketException)
        {
            await _left.CancelAsync();
        }
    }
}
