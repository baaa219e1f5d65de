namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A descriptor that one loop owns from the moment it is attached until it is detached. Everything here runs on the
/// loop's thread.
/// </summary>
internal abstract class LoopSocket(EventLoop loop, int descriptor)
{
    public EventLoop Loop { get; } = loop;

    /// <summary>For the loop's thread only, and only while the socket is attached: the number is another's afterwards.</summary>
    public int Descriptor { get; } = descriptor;

    /// <summary>Where the loop keeps it: index and generation, as the events carry them.</summary>
    public ulong Key { get; set; }

    /// <summary>Edge-triggered: each kind of readiness is told once, until a call has found it gone.</summary>
    public abstract void OnReady(SocketReadiness readiness);

    /// <summary>The loop ends, or <see cref="OnReady"/> has failed: close the descriptor and answer whoever waits.</summary>
    public abstract void GiveUp();
}
