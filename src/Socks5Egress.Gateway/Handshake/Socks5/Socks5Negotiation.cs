using System.Buffers;
using System.IO.Pipelines;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Socks5;

/// <summary>Greeting, perhaps a login, request (RFC 1928 sections 3 and 4, RFC 1929).</summary>
internal static class Socks5Negotiation
{
    private const string Protocol = "socks5";

    /// <summary>Asks a client that speaks SOCKS5 what it wants.</summary>
    /// <param name="leg">The client.</param>
    /// <param name="lease">What the connection was granted so far; who logs in is added.</param>
    /// <param name="warm">Where it may wait once it has logged in.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg leg, Lease lease, IWarmPlace warm, CancellationToken cancellation)
    {
        var greeting = await MessageReader.ReadAsync<Greeting, Greeting>(leg.Input, Greeting.Read, static g => g, cancellation);
        if (greeting.Status != ParseStatus.Done) return Ended(greeting.Status, greeting.Empty);

        // With users, 02 is chosen even when 00 is offered first: many clients offer both
        var rules = lease.Rules;
        var asksLogin = lease.Grant.Login is null && lease.ListenerOf(rules).AsksLogin;
        var method = asksLogin
            ? Choose(greeting.Value, AuthMethod.PipelinedUserPassword, AuthMethod.UserPassword)
            : Choose(greeting.Value, AuthMethod.Pipelined, AuthMethod.None);
        leg.Output.Advance(MethodSelection.Write(leg.Output.GetSpan(MethodSelection.Length), method));
        if (method == AuthMethod.NoneAcceptable) return Closed(EndReason.NoAcceptableMethod);

        if (asksLogin)
        {
            var end = await LogInAsync(leg, lease, warm, cancellation);
            if (end != EndReason.None) return Closed(end);
        }
        else if (lease.Grant.Login is null && !lease.Hold(lease.Grant with { Login = Login.Anonymous }, rules)) return Closed(EndReason.NowForbidden);
        await MessageReader.FlushUnlessPipelinedAsync<Request>(leg, Request.Read, cancellation);
        // An anonymous client that has not said that it knows this has ten seconds for its request, as everywhere
        var isOurs = method is AuthMethod.Pipelined or AuthMethod.PipelinedUserPassword;
        return isOurs || lease.Grant.Login != Login.Anonymous
            ? await WaitAsync(leg, lease, warm, isOurs, cancellation)
            : await RequestAsync(leg, lease, cancellation);
    }

    /// <summary>Waits until there is something of the request, however long such connections may wait.</summary>
    private static async ValueTask<NegotiationResult> WaitAsync(ILeg leg, Lease lease, IWarmPlace warm, bool isOurs, CancellationToken cancellation)
    {
        if (leg.Input.TryRead(out var ready))
        {
            var isThere = !ready.Buffer.IsEmpty || ready.IsCompleted;
            leg.Input.AdvanceTo(ready.Buffer.Start);
            if (isThere) return await RequestAsync(leg, lease, cancellation);
        }
        if (!warm.TryEnter()) return await RequestAsync(leg, lease, cancellation);
        try
        {
            bool isUnused;
            try
            {
                var first = await leg.Input.ReadAsync(cancellation);
                isUnused = first.Buffer.IsEmpty && first.IsCompleted;
                leg.Input.AdvanceTo(first.Buffer.Start);
            }
            finally
            {
                warm.Leave();
            }
            return isUnused && isOurs ? Closed(EndReason.ClientSilent) : await RequestAsync(leg, lease, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The session knows why
            return new NegotiationResult(default, WarmRefusal.Instance, EndReason.Draining, Protocol);
        }
    }

    /// <summary>The private method that says that a client need not wait for answers, where the client knows it, else the method of the RFC.</summary>
    private static AuthMethod Choose(Greeting greeting, AuthMethod pipelined, AuthMethod plain) =>
        greeting.Offers(pipelined) ? pipelined : greeting.Offers(plain) ? plain : AuthMethod.NoneAcceptable;

    private static async ValueTask<EndReason> LogInAsync(ILeg leg, Lease lease, IWarmPlace place, CancellationToken cancellation)
    {
        await MessageReader.FlushUnlessPipelinedAsync<UserPassword>(leg, UserPassword.Read, cancellation);
        var asked = await MessageReader.ReadAsync<UserPassword, (byte[] Name, byte[] Password)>(
            leg.Input, UserPassword.Read, static m => (m.Username.ToArray(), m.Password.ToArray()), cancellation);
        if (asked.Status == ParseStatus.NeedMore) return EndReason.ClientGone;

        // The users of this moment: who logged in is who is stored with them
        var rules = lease.Rules;
        var listener = lease.ListenerOf(rules);
        var (login, proved) = asked.Status == ParseStatus.Done
            ? await PasswordWait.LogInAsync(listener, asked.Value.Name, asked.Value.Password, lease.Grant.Client!, place, cancellation)
            : (LoginResult.Refused, null);
        var accepted = login == LoginResult.Accepted && lease.Hold(lease.Grant with { Login = proved }, rules);
        leg.Output.Advance(UserPasswordStatus.Write(leg.Output.GetSpan(UserPasswordStatus.Length), accepted));
        if (login == LoginResult.Accepted) return accepted ? EndReason.None : EndReason.NowForbidden;
        return asked.Status == ParseStatus.Invalid ? EndReason.BadRequest : PasswordLogins.EndOf(login);
    }

    private static async ValueTask<NegotiationResult> RequestAsync(ILeg leg, Lease lease, CancellationToken cancellation)
    {
        var asked = await MessageReader.ReadAsync<Request, (Command Command, Destination Destination)>(
            leg.Input, Request.Read, static r => (r.Command, r.ToDestination()), cancellation);
        var rules = lease.Rules;
        var commands = lease.ListenerOf(rules).Commands;
        if (asked.Fault == ParseFault.AddressType) return Refused(UnreadableRequest(leg.Input, commands));
        if (asked.Status == ParseStatus.Invalid) return Closed(EndReason.BadRequest);
        if (asked.Status == ParseStatus.NeedMore) return Closed(EndReason.ClientGone);
        if (Served(asked.Value.Command, commands) is not { } command) return Refused(EndReason.CommandNotSupported);
        return lease.Hold(lease.Grant with { Command = Enabled(command) }, rules)
            ? new NegotiationResult(new EgressRequest(command, asked.Value.Destination), Socks5ReplyWriter.Instance, EndReason.None, Protocol)
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

    private static NegotiationResult Ended(ParseStatus status, bool empty) =>
        Closed(status == ParseStatus.Invalid ? EndReason.BadRequest : empty ? EndReason.ClientSilent : EndReason.ClientGone);

    private static NegotiationResult Closed(EndReason reason) => new(default, null, reason, Protocol);

    private static NegotiationResult Refused(EndReason reason) => new(default, Socks5ReplyWriter.Instance, reason, Protocol);
}
