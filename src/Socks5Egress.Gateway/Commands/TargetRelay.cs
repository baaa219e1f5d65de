using System.Net;
using Socks5Egress.Gateway.Commands.FirstFlight;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Relaying;

namespace Socks5Egress.Gateway.Commands;

/// <summary>The end of every command that comes to a target: answer, then carry bytes.</summary>
internal static class TargetRelay
{
    /// <summary>Answers the client, and relays until both sides have ended. Closes the target.</summary>
    /// <param name="context">The session.</param>
    /// <param name="reached">The target, or why there is none.</param>
    /// <param name="bound">The address that the reply names, from the target's leg.</param>
    public static async ValueTask<CommandEnd> RunAsync(CommandContext context, DialResult reached, Func<Transport.ILeg, IPEndPoint> bound)
    {
        if (reached.Leg is not { } target) return CommandEnd.Refused(reached.End);
        using (reached.Place)
        await using (target)
        {
            // It ended in the moment when its target was reached: that is not answered with success
            if (context.IsEnding) return CommandEnd.Refused(EndReason.InternalError);
            context.Reply.Succeeded(context.Client.Output, bound(target));
            await context.Client.Output.FlushAsync(context.Stop);
            var requirement = context.TlsRequirement;
            if (requirement.IsOn && await FirstFlightStage.RunAsync(context, target, requirement) is { } end) return end;
            return CommandEnd.Done((await context.RelayAsync(target)).Reason());
        }
    }
}
