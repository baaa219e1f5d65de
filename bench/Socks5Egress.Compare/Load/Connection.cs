namespace Socks5Egress.Compare.Load;

/// <summary>How far a connection has come.</summary>
internal enum ConnectionStage : byte
{
    Connecting,
    Securing,
    Greeting,
    Request,
    Open,
    Closed,
}

/// <summary>One connection of the load, with one message in flight at most.</summary>
internal sealed class Connection(int fd, long started)
{
    /// <summary>Length of a request and of its reply.</summary>
    public const int Message = 64;

    private readonly byte[] _out = new byte[Message];
    private readonly byte[] _in = new byte[Message];
    private int _have;
    private bool _awaited;
    private long _number;

    public int Fd { get; } = fd;

    /// <summary>What is between it and the descriptor, for a proxy that ends TLS.</summary>
    public TlsClient? Tls { get; set; }

    /// <summary>Timestamp from which the present piece of work is counted.</summary>
    public long Started { get; set; } = started;

    public ConnectionStage Stage { get; set; }

    /// <summary>Position in the stream of a bulk transfer.</summary>
    public long Offset { get; set; }

    /// <summary>Sends a request that no other connection and no other time sends.</summary>
    /// <returns>False when the connection does not take it.</returns>
    public bool SendMessage()
    {
        WriteMessage();
        return Send(_out);
    }

    /// <summary>The same after a handshake, all in one write; the answer to the handshake is collected first.</summary>
    public bool SendMessageAfter(ReadOnlySpan<byte> handshake)
    {
        WriteMessage();
        return Send([.. handshake, .. _out]);
    }

    /// <summary>From now on the next answer is collected, without sending anything.</summary>
    public void Expect() => (_have, _awaited) = (0, true);

    /// <summary>Whether the reply is the request.</summary>
    public bool ReplyMatches() => _in.AsSpan().SequenceEqual(_out);

    /// <summary>Sends a handshake message; its answer is collected from the start.</summary>
    public bool Send(ReadOnlySpan<byte> bytes)
    {
        Expect();
        return Write(bytes) == bytes.Length;
    }

    /// <summary>Bytes taken, or minus the errno.</summary>
    public int Write(ReadOnlySpan<byte> bytes) => Tls is null ? Libc.Send(Fd, bytes) : Tls.Send(bytes);

    /// <summary>Bytes received, 0 at the end, or minus the errno.</summary>
    public int Read(Span<byte> bytes) => Tls is null ? Libc.Receive(Fd, bytes) : Tls.Receive(bytes);

    /// <summary>Collects the answer to what was sent last, of so many bytes.</summary>
    /// <param name="length">At most a message.</param>
    /// <param name="ended">The peer has closed or reset the connection, or says something behind its answer.</param>
    /// <returns>The answer when it is whole, once; empty when more must come.</returns>
    public ReadOnlySpan<byte> Collect(int length, out bool ended)
    {
        if (!_awaited)
        {
            // An answer may be read in the turn of an earlier event, inside TLS that of a ticket: its own event finds nothing
            ended = Read(stackalloc byte[1]) != -Libc.Again;
            return default;
        }
        int count = Read(_in.AsSpan(_have, length - _have));
        ended = count <= 0 && count != -Libc.Again;
        if (count > 0) _have += count;
        if (_have < length) return default;
        _awaited = false;
        return _in.AsSpan(0, length);
    }

    private void WriteMessage()
    {
        _out[0] = (byte)'E';
        BitConverter.TryWriteBytes(_out.AsSpan(8), Fd);
        BitConverter.TryWriteBytes(_out.AsSpan(16), ++_number);
    }
}
