using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway;
using Socks5Egress.Gateway.Commands;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting;

/// <summary>One opened static forward.</summary>
/// <param name="Acceptor">Where it listens.</param>
/// <param name="Settings">As it was asked for.</param>
/// <param name="Forward">Its targets and their checks.</param>
internal sealed record BoundForward(IAcceptor Acceptor, ForwardSettings Settings, StaticForward Forward)
{
    /// <summary>Opens every forward, or none.</summary>
    /// <param name="transport">What carries them.</param>
    /// <param name="forwards">What to open.</param>
    /// <param name="first">The number that the first of them has among the listeners of the rulebook.</param>
    /// <param name="openings">All of them.</param>
    /// <param name="logger">Told when a target goes up or down.</param>
    /// <returns>Null, or the sentence that says which address could not be had and what to do.</returns>
    public static async ValueTask<string?> OpenAsync(
        ITransport transport, IEnumerable<ForwardSettings> forwards, int first, List<BoundForward> openings, ILogger logger)
    {
        foreach (var settings in forwards)
        {
            try
            {
                var acceptor = transport.Listen(settings.Listen);
                var name = acceptor.LocalEndPoint.ToString();
                var pool = new TargetPool(settings.Options, (target, isUp, failure) =>
                {
                    if (isUp) Log.ForwardTargetUp(logger, name, target.ToString());
                    else Log.ForwardTargetDown(logger, name, target.ToString(), failure!);
                });
                var forward = new StaticForward(first + openings.Count, acceptor.LocalEndPoint, pool, settings.Rules);
                openings.Add(new BoundForward(acceptor, settings, forward));
            }
            catch (SocketException exception)
            {
                foreach (var opening in openings) await opening.Acceptor.DisposeAsync();
                openings.Clear();
                return ListenFailure.Sentence($"{settings.WrittenAs} {settings.Listen}", exception.SocketErrorCode);
            }
        }
        return null;
    }

    /// <summary>What its sessions are served by: as all others, but for the idle time-out.</summary>
    public SessionServices Stages(SessionServices general) => Settings.IdleTimeout is { } idle
        ? general with { RelayClock = new IdleTimeouts(idle, general.RelayClock.HalfClose) }
        : general;
}
