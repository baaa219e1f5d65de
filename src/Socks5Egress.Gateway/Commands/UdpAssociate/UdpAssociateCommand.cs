using Socks5Egress.Gateway.Phases;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>UDP ASSOCIATE (RFC 1928 section 7): open a socket, say where, relay datagrams as long as the control connection lives.</summary>
internal sealed class UdpAssociateCommand : ICommand
{
    private readonly AssociationPlaces _places = new(UdpAssociation.MostOfOneSource);

    public string Name => "udpassociate";

    public async ValueTask<CommandEnd> RunAsync(CommandContext context)
    {
        var (association, end) = UdpAssociation.Open(context, _places);
        if (association is null) return CommandEnd.Refused(end);
        await using (association)
        {
            context.Reply.Succeeded(context.Client.Output, association.Bound);
            await context.Client.Output.FlushAsync(context.Stop);
            context.Enter(new IdlePhase(SessionPhase.Associating, UdpAssociation.Clock, context.Report.Traffic, context.Services.Time));
            return CommandEnd.Done(await association.RunAsync(context.Stop));
        }
    }
}
