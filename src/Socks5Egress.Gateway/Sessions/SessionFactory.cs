using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Sessions;

/// <summary>Begins a session for each accepted connection.</summary>
/// <param name="table">The sessions there are.</param>
/// <param name="commands">What clients may ask for.</param>
internal sealed class SessionFactory(SessionTable table, CommandTable commands)
{
    private long _last;

    /// <summary>Begins a session; it runs by itself from here on.</summary>
    /// <param name="services">What serves it.</param>
    /// <param name="listener">The number of its listener in the snapshot.</param>
    /// <param name="name">The listener's name in logs.</param>
    /// <param name="handler">What the listener does for every client; null where clients are asked.</param>
    /// <param name="leg">The connection.</param>
    public void Begin(SessionServices services, int listener, string name, ICommand? handler, ILeg leg)
    {
        var record = new SessionRecord(Interlocked.Increment(ref _last), name, leg.RemoteEndPoint, services.Time)
        {
            WantsLogin = services.Rules.Now.ListenerOf(listener)?.AsksLogin == true,
        };
        var session = new Session(services, table, commands, listener, record, leg, handler);
        table.Add(session, services.Rules.Now.Limits.Pending);
        services.Supervisor.Run("session", static session => session.RunAsync(), session);
    }
}
