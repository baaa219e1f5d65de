using System.Diagnostics;
using System.Globalization;

namespace Socks5Egress.Compare.Load;

/// <summary>
/// One thread and one epoll: opens connections, with the SOCKS5 handshake where there is one, and hands what happens
/// on open ones to the kind of load that derives from it. Every wait has an end.
/// </summary>
internal abstract class Generator(LoadOptions options, TargetControl target) : IDisposable
{
    private const int TooManyErrors = 50;
    private readonly Connection?[] _connections = new Connection?[65_536];
    private readonly Poll _poll = new();
    // Private method E0: the gateway takes everything at once
    private static readonly byte[] PipelinedGreeting = [5, 1, 0xE0];
    private static readonly byte[] PipelinedMethod = [5, 0xE0];
    private readonly byte[] _request = [5, 1, 0, 1, 127, 0, 0, 1, (byte)(options.Target >> 8), (byte)options.Target];
    private int _errors;
    private string? _firstError;
    private long _secured, _resumed;

    protected LoadOptions Options { get; } = options;

    protected TargetControl Target { get; } = target;

    protected Window Window { get; } = new(options.Proxy, target);

    protected Latencies Latencies { get; } = new();

    protected long Mismatches { get; set; }

    /// <summary>So many connections fail that the figures would mean nothing.</summary>
    protected bool Broken => _errors >= TooManyErrors;

    /// <summary>Measures.</summary>
    protected abstract Sample Measure();

    /// <summary>The handshake is done; bytes may flow.</summary>
    protected abstract void Opened(Connection connection);

    /// <summary>Something can be read or written.</summary>
    protected abstract void Ready(Connection connection, uint events);

    /// <summary>It failed, or the peer closed it: <see cref="Sample.Errors"/> counts it.</summary>
    protected virtual void Lost(Connection connection)
    {
    }

    /// <inheritdoc/>
    public void Dispose() => _poll.Dispose();

    /// <summary>The measurement with its errors.</summary>
    public Sample Run()
    {
        Sample sample = Measure();
        sample.Errors = _errors;
        sample.Mismatches += Mismatches;
        sample.Note ??= _firstError;
        // The first ones, before there was a ticket, are at most those that began at once
        if (_secured > 10L * Options.Connections && _resumed < _secured / 2) sample.Note ??= $"only {_resumed} of {_secured} handshakes were resumed";
        return sample;
    }

    /// <summary>The timestamp so many seconds from now.</summary>
    protected static long In(double seconds) => Stopwatch.GetTimestamp() + (long)(seconds * Stopwatch.Frequency);

    /// <summary>Begins one connection.</summary>
    protected void Connect()
    {
        long now = Stopwatch.GetTimestamp();
        int fd = Libc.TcpSocket();
        Connection connection = new(fd, now);
        if (fd < 0 || fd >= _connections.Length)
        {
            Fail(connection, "no descriptor is left for the load process");
            return;
        }
        int error = Libc.ConnectLoopback(fd, Options.Port);
        if (error is not (0 or Libc.InProgress))
        {
            Fail(connection, $"connect failed with errno {error}");
            return;
        }
        _connections[fd] = connection;
        _poll.Add(fd, Poll.In | Poll.Out | Poll.Edge);
    }

    /// <summary>Waits for other events on an open connection than the edges of both directions.</summary>
    protected void Watch(Connection connection, uint events) => _poll.Modify(connection.Fd, events);

    /// <summary>Waits for events until the time given at most, and handles them.</summary>
    protected void Turn(long until)
    {
        int count = _poll.Wait((until - Stopwatch.GetTimestamp()) * (1_000_000_000 / Stopwatch.Frequency));
        for (int i = 0; i < count; i++)
        {
            (uint events, int fd) = _poll[i];
            if (_connections[fd] is { } connection) Advance(connection, events);
        }
    }

    /// <summary>Handles events until then.</summary>
    protected void TurnUntil(long until)
    {
        while (!Broken && Stopwatch.GetTimestamp() < until) Turn(until);
    }

    /// <summary>Ends a connection.</summary>
    protected void Close(Connection connection)
    {
        if (connection.Stage == ConnectionStage.Closed) return;
        connection.Stage = ConnectionStage.Closed;
        if (connection.Fd < 0) return;
        if (_connections[connection.Fd] == connection) _connections[connection.Fd] = null;
        connection.Tls?.Dispose();
        _ = Libc.Close(connection.Fd);
    }

    /// <summary>Ends a connection that should have lived on.</summary>
    protected void Fail(Connection connection, string what)
    {
        _errors++;
        _firstError ??= string.Create(CultureInfo.InvariantCulture, $"{what} (stage {connection.Stage})");
        Close(connection);
        Lost(connection);
    }

    private void Advance(Connection connection, uint events)
    {
        switch (connection.Stage)
        {
            case ConnectionStage.Connecting when (events & (Poll.Error | Poll.HangUp)) != 0:
                Fail(connection, $"connect ended with errno {Libc.PendingError(connection.Fd)}");
                break;
            case ConnectionStage.Connecting when Options.Tls:
                connection.Stage = ConnectionStage.Securing;
                connection.Tls = new TlsClient(connection.Fd);
                Secure(connection);
                break;
            case ConnectionStage.Connecting:
                Begin(connection);
                break;
            case ConnectionStage.Securing:
                Secure(connection);
                break;
            case ConnectionStage.Greeting:
                ReadMethod(connection);
                break;
            case ConnectionStage.Request:
                ReadReply(connection);
                break;
            case ConnectionStage.Open:
                Ready(connection, events);
                break;
        }
    }

    private void Secure(Connection connection)
    {
        int result = connection.Tls!.Connect();
        if (result == -Libc.Again) return;
        if (result != 1)
        {
            Fail(connection, "the TLS handshake failed");
            return;
        }
        if (connection.Tls.IsResumed) _resumed++;
        _secured++;
        Begin(connection);
    }

    private void Begin(Connection connection)
    {
        if (!Options.Socks)
        {
            Open(connection);
            return;
        }
        if (Options.Pipelined)
        {
            connection.Stage = ConnectionStage.Request;
            if (!connection.SendMessageAfter([.. PipelinedGreeting, .. _request])) Fail(connection, "the handshake was not taken");
            return;
        }
        connection.Stage = ConnectionStage.Greeting;
        if (!connection.Send([5, 1, 0])) Fail(connection, "the greeting was not taken");
    }

    private void ReadMethod(Connection connection)
    {
        ReadOnlySpan<byte> method = connection.Collect(2, out bool ended);
        if (ended) Fail(connection, "closed in the handshake");
        else if (method.Length > 0 && !method.SequenceEqual((ReadOnlySpan<byte>)[5, 0])) Fail(connection, "the proxy wants a password");
        else if (method.Length > 0)
        {
            connection.Stage = ConnectionStage.Request;
            if (!connection.Send(_request)) Fail(connection, "the request was not taken");
        }
    }

    private void ReadReply(Connection connection)
    {
        int method = Options.Pipelined ? PipelinedMethod.Length : 0;
        ReadOnlySpan<byte> reply = connection.Collect(method + 10, out bool ended);
        if (ended) Fail(connection, "closed in the handshake");
        else if (reply.Length > 0 && method > 0 && !reply.StartsWith(PipelinedMethod)) Fail(connection, "the proxy takes no pipelined handshake");
        else if (reply.Length > 0 && (reply[method + 1] != 0 || reply[method + 3] != 1)) Fail(connection, $"refused with reply {reply[method + 1]}, address type {reply[method + 3]}");
        else if (reply.Length > 0) Open(connection);
    }

    private void Open(Connection connection)
    {
        connection.Stage = ConnectionStage.Open;
        Opened(connection);
    }
}
