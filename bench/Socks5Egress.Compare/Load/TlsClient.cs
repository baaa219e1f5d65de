namespace Socks5Egress.Compare.Load;

/// <summary>
/// The client's side of TLS, on OpenSSL over the descriptor. It trusts whoever answers, and resumes the last session that it was given a ticket
/// for.
/// </summary>
internal sealed unsafe class TlsClient : IDisposable
{
    private static readonly nint Context = LibSsl.NewContext(LibSsl.ClientMethod());
    private static nint s_session;
    private readonly nint _ssl = LibSsl.New(Context);
    private bool _remembered;

    public TlsClient(int fd)
    {
        _ = LibSsl.SetFd(_ssl, fd);
        _ = LibSsl.Control(_ssl, LibSsl.Mode, LibSsl.PartialWrite | LibSsl.MovingBuffer | LibSsl.AutoRetry, 0);
        if (s_session != 0) _ = LibSsl.SetSession(_ssl, s_session);
    }

    /// <summary>The handshake was a short one.</summary>
    public bool IsResumed => LibSsl.Reused(_ssl) == 1;

    /// <summary>Goes on with the handshake: 1 when it is done, or minus an errno.</summary>
    public int Connect()
    {
        LibSsl.ClearErrors();
        int result = LibSsl.Connect(_ssl);
        return result == 1 ? 1 : Failed(result);
    }

    /// <summary>As <see cref="Libc.Send(int, ReadOnlySpan{byte})"/>.</summary>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        LibSsl.ClearErrors();
        int sent = 0;
        fixed (byte* first = bytes)
        {
            while (sent < bytes.Length)
            {
                int result = LibSsl.Write(_ssl, first + sent, bytes.Length - sent);
                if (result > 0) sent += result;
                else return sent > 0 ? sent : Failed(result);
            }
        }
        return sent;
    }

    /// <summary>As <see cref="Libc.Receive(int, Span{byte})"/>, until there is no more or <paramref name="bytes"/> is full.</summary>
    public int Receive(Span<byte> bytes)
    {
        LibSsl.ClearErrors();
        int received = 0;
        fixed (byte* first = bytes)
        {
            while (received < bytes.Length)
            {
                int result = LibSsl.Read(_ssl, first + received, bytes.Length - received);
                if (result > 0) received += result;
                else if (received > 0) break;
                else return Failed(result);
            }
        }
        Remember();
        return received;
    }

    public void Dispose()
    {
        // OpenSSL resumes no session whose connection has broken off
        LibSsl.SetShutdown(_ssl, LibSsl.SentAndReceived);
        LibSsl.Free(_ssl);
    }

    // Tickets come behind the handshake, in front of the first bytes. One session is resumed many times: the server keeps nothing of it
    private void Remember()
    {
        if (_remembered || s_session != 0) return;
        _remembered = true;
        s_session = LibSsl.GetSession(_ssl);
    }

    private int Failed(int result) => LibSsl.GetError(_ssl, result) switch
    {
        LibSsl.WantRead or LibSsl.WantWrite => -Libc.Again,
        LibSsl.ZeroReturn => 0,
        _ => -Libc.ProtocolError,
    };
}
