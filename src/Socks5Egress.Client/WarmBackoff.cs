namespace Socks5Egress.Client;

/// <summary>
/// How long an address has to wait for another connection in reserve. One that was closed unused is not replaced at once, so that many clients at a cap do not
/// push one another out for ever: after 1 s, then twice that, up to 1 min.
/// </summary>
internal sealed class WarmBackoff(TimeProvider time)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    private readonly Dictionary<GatewayAddress, (long Since, TimeSpan Pause)> _pauses = [];

    /// <summary>One was closed unused, or could not be opened.</summary>
    public void Lost(GatewayAddress address)
    {
        if (IsWaiting(address)) return;
        var pause = _pauses.TryGetValue(address, out var last) ? last.Pause * 2 : First;
        _pauses[address] = (time.GetTimestamp(), pause < Longest ? pause : Longest);
    }

    /// <summary>One was of use: what was lost before does not count any more.</summary>
    public void Used(GatewayAddress address) => _pauses.Remove(address);

    /// <summary>Whether the address has to wait still.</summary>
    public bool IsWaiting(GatewayAddress address) => _pauses.TryGetValue(address, out var last) && time.GetElapsedTime(last.Since) < last.Pause;
}
