using System.Net;
using Socks5Egress.Gateway.Commands.FirstFlight;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Retiring;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands;

/// <summary>The end of every command that comes to a target: answer, read the first flight where a policy asks for that, hand over to the relay.</summary>
internal static class TargetRelay
{
    /// <summary>Answers the client. What does not come to be relayed is closed here.</summary>
    /// <param name="context">The session.</param>
    /// <param name="reached">The target, or why there is none.</param>
    /// <param name="bound">The address that the reply names, from the target's leg.</param>
    /// <param name="choice">Given up with the target, if that comes to be relayed; the caller's otherwise.</param>
    public static async ValueTask<CommandEnd> OpenAsync(
        CommandContext context, DialResult reached, Func<ILeg, IPEndPoint> bound, IDisposable? choice = null)
    {
        if (reached.Leg is not { } target) return CommandEnd.Refused(reached.End);
        CommandEnd? end = null;
        RetiringRelay? retiring = null;
        try
        {
            // It ended in the moment when its target was reached: that is not answered with success
            if (context.IsEnding) return CommandEnd.Refused(EndReason.InternalError);
            context.Reply.Succeeded(context.Client.Output, bound(target));
            await context.Client.Output.FlushAsync(context.Stop);
            var requirement = context.TlsRequirement;
            // Its client may be silent for weeks before it says the first word
            if (requirement.IsOn) retiring = context.EnterRetiring(target);
            if (requirement.IsOn && await FirstFlightStage.RunAsync(context, target, requirement, retiring) is { } refused) return refused;
            end = context.Relay(target, reached.Place, choice, retiring);
            return end.Value;
        }
        finally
        {
            // What the session does not take over; the choice is the caller's then
            if (end is null) await new ReachedTarget(target, reached.Place, null, retiring).DisposeAsync();
        }
    }
}
