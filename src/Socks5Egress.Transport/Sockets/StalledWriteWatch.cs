using System.Collections.Concurrent;
using System.Net.Sockets;
using Socks5Egress.Supervision;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Transport.Sockets;

/// <summary>
/// Looks for a reset of a side whose bytes the other side does not take. Nothing is received from it meanwhile, and the engine tells
/// errors only to a pending call: without this a reset behind a full pipe would keep the session for good.
/// </summary>
/// <remarks>
/// Once a second from the first time that a direction blocks, by one timer for all of them. A session that never blocks is not looked at.
/// </remarks>
internal sealed class StalledWriteWatch(SocketsLeg client, SocketsLeg target, RelayState ending) : IDisposable
{
    private static readonly ConcurrentDictionary<StalledWriteWatch, byte> Watched = new();
    private static readonly Lazy<BackgroundTimer> Timer = new(
        static () => Supervisor.OfProcess.Every("blocked relays", TimeSpan.FromSeconds(1), LookAtAll));

    private readonly Lock _lock = new();
    private bool _up, _down, _watched;

    /// <summary>What <paramref name="source"/> has sent is not taken.</summary>
    public void Blocked(RelaySide source)
    {
        lock (_lock)
        {
            Set(source, true);
            if (_watched) return;
            _watched = Watched.TryAdd(this, 0);
            _ = Timer.Value;
        }
    }

    /// <summary>It was taken. Waits for a look that has begun: what that takes off the socket, a read behind this would miss.</summary>
    public void Flows(RelaySide source)
    {
        lock (_lock) Set(source, false);
    }

    public void Dispose() => Watched.TryRemove(this, out _);

    private static void LookAtAll()
    {
        foreach (var (watch, _) in Watched) watch.Look();
    }

    private void Set(RelaySide source, bool blocked)
    {
        if (source == RelaySide.Client) _up = blocked;
        else _down = blocked;
    }

    private void Look()
    {
        lock (_lock)
        {
            if (_up) Look(client.Socket, RelaySide.Client);
            if (_down) Look(target.Socket, RelaySide.Target);
        }
    }

    private void Look(Socket socket, RelaySide side)
    {
        try
        {
            var error = (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
            if (error != (int)SocketError.Success) ending.Broken(side, LegFaults.Of((SocketError)error), new SocketException(error));
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The relay has ended meanwhile
        }
    }
}
