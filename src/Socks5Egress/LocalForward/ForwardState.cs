using Socks5Egress.Client;

namespace Socks5Egress.LocalForward;

/// <summary>What one forward has carried, and whether its last connection reached the target: for readiness and metrics.</summary>
internal sealed class ForwardState(ForwardSpec spec)
{
    private long _connections, _failures, _bytesUp, _bytesDown;
    private volatile string? _trouble = "no connection has been tried yet";

    public ForwardSpec Spec => spec;

    public string Target { get; } = spec.Target.ToString();

    /// <summary>How many local connections are open; set once the forward listens.</summary>
    public Func<int> Open { get; set; } = static () => 0;

    /// <summary>Why the last connection did not reach the target; null when it did.</summary>
    public string? Trouble => _trouble;

    /// <summary>Connections that reached the target.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Attempts that failed.</summary>
    public long Failures => Interlocked.Read(ref _failures);

    /// <summary>Bytes to the target, of connections that have ended.</summary>
    public long BytesUp => Interlocked.Read(ref _bytesUp);

    /// <summary>Bytes from the target, of connections that have ended.</summary>
    public long BytesDown => Interlocked.Read(ref _bytesDown);

    public void Connected()
    {
        Interlocked.Increment(ref _connections);
        _trouble = null;
    }

    public void Failed(Socks5Exception failure)
    {
        Interlocked.Increment(ref _failures);
        _trouble = failure.Message;
    }

    public void Ended(ConnectionFlow flow)
    {
        Interlocked.Add(ref _bytesUp, flow.BytesUp);
        Interlocked.Add(ref _bytesDown, flow.BytesDown);
    }

    /// <summary>A probe, which is not a connection of a client, reached the target.</summary>
    public void Works() => _trouble = null;

    /// <summary>A probe failed.</summary>
    public void Broke(string sentence) => _trouble = sentence;
}
