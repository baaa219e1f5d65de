using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// A connection that serves HTTP requests: it ends between two of them. A request that is under way is answered, and its answer tells the client that the
/// connection closes.
/// </summary>
/// <param name="all">Where it is entered.</param>
/// <param name="connection">The connection.</param>
/// <param name="reset">Ends it while a request is under way.</param>
internal sealed class RetiringHttp(RetiringSessions all, HttpProxyConnection connection, Action<EndReason> reset) : RetiringSession(all, all.Time.GetTimestamp())
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private readonly TimeProvider _time = all.Time;
    private long _told, _forced;

    public override Grant Grant => connection.Granted;

    public override Destination? Asked => null;

    public override bool IsQuiet(TimeSpan quiet, long now) => HasPaused(now, _told == 0 ? quiet : LeastQuiet) ?? _told == 0;

    protected override void End(EndReason reason, TimeSpan? quiet)
    {
        var now = _time.GetTimestamp();
        if (quiet is null && _forced == 0) _forced = now;
        // A client whose answer did not announce the end may have its next request on the way
        var hasPaused = HasPaused(now, LeastQuiet) == true;
        connection.Leave(reason, atOnce: hasPaused);
        if (!hasPaused && quiet is null && _time.GetElapsedTime(_forced, now) >= Patience) reset(reason);
        _told = now;
        GoOn(null);
    }

    /// <summary>Whether it has waited for a request for so long; null: one is under way.</summary>
    private bool? HasPaused(long now, TimeSpan pause) => connection.IdleSince is { } since ? _time.GetElapsedTime(since, now) >= pause : null;

    protected override void Pace(long bitsPerSecond) => connection.Pace(bitsPerSecond);
}
