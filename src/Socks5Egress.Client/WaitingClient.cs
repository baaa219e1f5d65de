using System.Buffers;
using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>
/// Reads from a local connection while a gateway is being found for it: to notice that it left, and because what it sends
/// meanwhile must come first later. At most 16 KiB; behind that the kernel holds the sender back.
/// </summary>
internal sealed class WaitingClient : IDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _left = new();
    private readonly Task _reading;
    private int _count;

    public WaitingClient(Socket socket)
    {
        _socket = socket;
        _reading = ReadAsync();
    }

    /// <summary>Cancelled when the connection is reset: nobody waits any more.</summary>
    public CancellationToken Left => _left.Token;

    /// <summary>It sent FIN: it may have left, or may be done with sending. One attempt is still due, no further one.</summary>
    public bool HasFinished { get; private set; }

    /// <summary>Stops reading and gives what was read.</summary>
    public async Task<ReadOnlyMemory<byte>> StopAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        return _buffer.AsMemory(0, _count);
    }

    /// <summary>Only after <see cref="StopAsync"/>, and when the bytes are sent.</summary>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_buffer);
        _stop.Dispose();
        _left.Dispose();
    }

    private async Task ReadAsync()
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

                _count += count;
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
