using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>
/// A listener's static forward: its clients are not asked, the configuration names the targets. Choose a target, authorize and dial it, or the
/// next one; then relay from the first byte.
/// </summary>
internal sealed class PortForwardCommand(TargetPool targets) : ICommand
{
    public string Name => "connect";

    public string Protocol => "forward";

    /// <summary>The target is known once it is chosen.</summary>
    public bool AdmitsItself => true;

    public async ValueTask<CommandEnd> RunAsync(CommandContext context)
    {
        var selection = new TargetSelection(targets);
        CommandEnd end = default;
        try
        {
            var refused = context.Admit(selection.Target);
            if (refused != EndReason.None) return CommandEnd.Refused(refused);
            var dialled = await DialAsync(context, selection);
            // A connection that comes after its deadline is none, though no sweep has judged the deadline yet
            context.CheckDeadline();
            return end = await TargetRelay.OpenAsync(context, dialled, static target => target.LocalEndPoint, selection);
        }
        finally
        {
            if (end.Target is null) selection.Dispose();
        }
    }

    private static async ValueTask<DialResult> DialAsync(CommandContext context, TargetSelection selection)
    {
        await using var watch = context.WatchReset();
        return await selection.ReachAsync(ReachAsync, context.Client, context.Identity, context.Services.ConnectTimeout, context.Services.Time, context.Stop);

        ValueTask<DialResult> ReachAsync(Destination target, CancellationToken cancellation)
        {
            context.Report.Asked(target);
            return context.Services.Connector.DialAsync(new TargetRequest(context.Lease, target), context.Report, context.Client, cancellation);
        }
    }
}
