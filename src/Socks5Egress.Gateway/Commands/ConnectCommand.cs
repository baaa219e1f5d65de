using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;

namespace Socks5Egress.Gateway.Commands;

/// <summary>CONNECT, of SOCKS5 (RFC 1928 section 4), SOCKS4 and HTTP alike: authorize and dial, answer, relay.</summary>
internal sealed class ConnectCommand : ICommand
{
    public string Name => "connect";

    public async ValueTask<CommandEnd> RunAsync(CommandContext context)
    {
        var dialled = await DialAsync(context);
        // A connection that comes after its deadline is none, though no sweep has judged the deadline yet
        context.CheckDeadline();
        return await TargetRelay.OpenAsync(context, dialled, static target => target.LocalEndPoint);
    }

    private static async ValueTask<DialResult> DialAsync(CommandContext context)
    {
        await using var watch = context.WatchReset();
        var answering = context.EnterAnswering();
        try
        {
            return await context.Services.Connector.DialAsync(new TargetRequest(context.Lease, context.Target), context.Report, context.Client, context.Stop);
        }
        finally
        {
            if (answering is not null) await answering.LeaveAsync();
        }
    }
}
