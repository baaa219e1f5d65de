using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Transport;

/// <summary>
/// Tells a peer that has vanished with bytes in flight from one that lives and does not read. The kernel retransmits for a quarter of an
/// hour, and keepalive is silent meanwhile. A peer that does not read still acknowledges what reaches it, probes of its closed window too;
/// one that has vanished acknowledges nothing. Pure: it judges <c>tcp_info</c> at successive looks.
/// </summary>
internal struct AckWatch
{
    /// <summary>How long bytes may be in flight without any acknowledgement: keepalive gives an idle peer two minutes, and a look comes every 10 s.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(105);

    /// <summary>This long after the last byte there is nothing in flight that the kernel would not have given up.</summary>
    public static readonly TimeSpan Horizon = TimeSpan.FromMinutes(20);

    /// <summary>A single probe may be lost on the way to a peer that lives.</summary>
    private const int UnansweredProbes = 2;

    private long _since;

    /// <summary>Judges a look.</summary>
    /// <param name="info">What the kernel says now.</param>
    /// <param name="now">Timestamp of the look.</param>
    /// <param name="limit">How long bytes may be in flight without any acknowledgement.</param>
    /// <param name="time">Measures between timestamps.</param>
    public bool HasVanished(in TcpInfo info, long now, TimeSpan limit, TimeProvider time)
    {
        if (info.Unacknowledged == 0 && info.Probes < UnansweredProbes)
        {
            _since = 0;
            return false;
        }
        if (_since == 0)
        {
            _since = now;
            return false;
        }
        var elapsed = time.GetElapsedTime(_since, now);
        // Acknowledged since then: what is in flight now may have been sent later
        if (info.SinceAcknowledged < elapsed) _since = now;
        else if (elapsed >= limit) return true;
        return false;
    }
}
