using System.Buffers;
using System.IO.Pipelines;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Socks5;

/// <summary>Reads the request of a client that has logged in, or need not (RFC 1928 section 4).</summary>
internal sealed class Socks5Request : IPendingRequest
{
    /// <summary>Of a client that keeps connections in reserve: it may end them unused.</summary>
    public static readonly Socks5Request InReserve = new(isReserve: true);

    public static readonly Socks5Request OfAnyClient = new(isReserve: false);

    private readonly bool _isReserve;

    private Socks5Request(bool isReserve) => _isReserve = isReserve;

    public NegotiationResult GivenUp => new(default, WarmRefusal.Instance, EndReason.Draining, Socks5Negotiation.Protocol);

    public async ValueTask<NegotiationResult> ReadAsync(ILeg leg, Lease lease, bool hasWaited, CancellationToken cancellation)
    {
        var asked = await MessageReader.ReadAsync<Request, (Command Command, Destination Destination)>(
            leg.Input, Request.Read, static r => (r.Command, r.ToDestination()), cancellation);
        var rules = lease.Rules;
        var commands = lease.ListenerOf(rules).Commands;
        if (asked.Fault == ParseFault.AddressType) return Refused(UnreadableRequest(leg.Input, commands));
        if (asked.Status == ParseStatus.Invalid) return Closed(EndReason.BadRequest);
        // A connection in reserve that was not needed
        if (asked.Status == ParseStatus.NeedMore) return Closed(_isReserve && hasWaited && asked.Empty ? EndReason.ClientSilent : EndReason.ClientGone);
        if (Served(asked.Value.Command, commands) is not { } command) return Refused(EndReason.CommandNotSupported);
        return lease.Hold(lease.Grant with { Command = Enabled(command) }, rules)
            ? new NegotiationResult(new EgressRequest(command, asked.Value.Destination), Socks5ReplyWriter.Instance, EndReason.None, Socks5Negotiation.Protocol)
            : Refused(EndReason.NowForbidden);
    }

    private static ServedCommands Enabled(EgressCommand command) => command switch
    {
        EgressCommand.Bind => ServedCommands.Bind,
        EgressCommand.UdpAssociate => ServedCommands.Udp,
        _ => ServedCommands.Connect,
    };

    /// <summary>What a command means here, or null where it is not carried out.</summary>
    private static EgressCommand? Served(Command command, ServedCommands commands) => command switch
    {
        Command.Connect => EgressCommand.Connect,
        Command.Bind when commands.HasFlag(ServedCommands.Bind) => EgressCommand.Bind,
        Command.UdpAssociate when commands.HasFlag(ServedCommands.Udp) => EgressCommand.UdpAssociate,
        _ => null,
    };

    /// <summary>An unknown command may have an address form of its own behind it: 07 goes before 08.</summary>
    private static EndReason UnreadableRequest(PipeReader input, ServedCommands commands)
    {
        if (!input.TryRead(out var read)) return EndReason.AddressTypeNotSupported;
        var command = Request.PeekCommand(read.Buffer);
        input.AdvanceTo(read.Buffer.Start);
        return command is { } known && Served(known, commands) is not null ? EndReason.AddressTypeNotSupported : EndReason.CommandNotSupported;
    }

    private static NegotiationResult Closed(EndReason reason) => new(default, null, reason, Socks5Negotiation.Protocol);

    private static NegotiationResult Refused(EndReason reason) => new(default, Socks5ReplyWriter.Instance, reason, Socks5Negotiation.Protocol);
}
