using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>How far one attempt has sent the first bytes. One for each connection that is tried.</summary>
internal sealed class EarlyCursor(EarlyBytes source)
{
    private const int Piece = 16 * 1024;

    /// <summary>Bytes that were handed to the connection: each may have reached the target.</summary>
    public int Sent { get; private set; }

    /// <summary>What came and was not handed over.</summary>
    public ReadOnlyMemory<byte> Unsent => source.Arrived[Sent..];

    /// <summary>Takes the next piece; from here on it counts as sent.</summary>
    public ReadOnlyMemory<byte> Take()
    {
        var piece = Unsent;
        if (piece.Length > Piece) piece = piece[..Piece];
        Sent += piece.Length;
        return piece;
    }

    /// <summary>Sends what is there and what comes, until there will be no more, the token is canceled, or the connection breaks, which its reader tells.</summary>
    /// <param name="socket">The connection, its request sent.</param>
    /// <param name="stop">Ends the wait for more; a piece that was begun is sent to its end.</param>
    public async Task PumpAsync(Socket socket, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                for (var piece = Take(); !piece.IsEmpty;) piece = piece[await socket.SendAsync(piece, CancellationToken.None)..];
                if (Unsent.IsEmpty && !await source.ArriveAsync(Sent, stop)) return;
            }
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException or OperationCanceledException)
        {
        }
    }
}
