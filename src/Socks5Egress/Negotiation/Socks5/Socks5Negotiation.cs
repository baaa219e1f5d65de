using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Transport;

namespace Socks5Egress.Negotiation.Socks5;

/// <summary>Greeting, perhaps a login, request (RFC 1928 sections 3 and 4, RFC 1929).</summary>
internal static class Socks5Negotiation
{
    private const string Protocol = "socks5";

    /// <summary>Asks a client that speaks SOCKS5 what it wants.</summary>
    /// <param name="leg">The client.</param>
    /// <param name="users">Who may log in; null where nobody has to.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask<Negotiated> AskAsync(ILeg leg, UserVerifier? users, CancellationToken cancellation)
    {
        var greeting = await MessagePump.ReadAsync<Greeting, (bool None, bool Password)>(
            leg.Input, Greeting.Read, static g => (g.Offers(AuthMethod.None), g.Offers(AuthMethod.UserPassword)), cancellation);
        if (greeting.Status != ParseStatus.Done) return Ended(greeting.Status, greeting.Empty, user: null);

        // With users, 02 is chosen even when 00 is offered first: many clients offer both
        var method = users is null
            ? greeting.Value.None ? AuthMethod.None : AuthMethod.NoneAcceptable
            : greeting.Value.Password ? AuthMethod.UserPassword : AuthMethod.NoneAcceptable;
        leg.Output.Advance(MethodSelection.Write(leg.Output.GetSpan(MethodSelection.Length), method));
        await leg.Output.FlushAsync(cancellation);
        if (method == AuthMethod.NoneAcceptable) return Closed(EndReason.NoAcceptableMethod, user: null);

        string? user = null;
        if (users is not null)
        {
            var login = await LogInAsync(leg, users, cancellation);
            if (login.End != EndReason.None) return Closed(login.End, login.User);
            user = login.User;
        }
        return await RequestAsync(leg, user, cancellation);
    }

    private static async ValueTask<(EndReason End, string? User)> LogInAsync(ILeg leg, UserVerifier users, CancellationToken cancellation)
    {
        var asked = await MessagePump.ReadAsync<UserPassword, (byte[] Name, byte[] Password)>(
            leg.Input, UserPassword.Read, static m => (m.Username.ToArray(), m.Password.ToArray()), cancellation);
        if (asked.Status == ParseStatus.NeedMore) return (EndReason.ClientGone, null);

        var login = asked.Status == ParseStatus.Done
            ? await users.LogInAsync(asked.Value.Name, asked.Value.Password, leg.RemoteEndPoint.Address)
            : LoginResult.Refused;
        var accepted = login == LoginResult.Accepted;
        leg.Output.Advance(UserPasswordStatus.Write(leg.Output.GetSpan(UserPasswordStatus.Length), accepted));
        await leg.Output.FlushAsync(cancellation);
        return login switch
        {
            LoginResult.Accepted => (EndReason.None, Encoding.UTF8.GetString(asked.Value.Name)),
            LoginResult.Busy => (EndReason.CredentialsBusy, null),
            LoginResult.Refused => (asked.Status == ParseStatus.Invalid ? EndReason.BadRequest : EndReason.BadCredentials, null),
            _ => throw new UnreachableException(),
        };
    }

    private static async ValueTask<Negotiated> RequestAsync(ILeg leg, string? user, CancellationToken cancellation)
    {
        var asked = await MessagePump.ReadAsync<Request, (Command Command, Destination Destination)>(
            leg.Input, Request.Read, static r => (r.Command, r.ToDestination()), cancellation);
        if (asked.Fault == ParseFault.AddressType) return Refused(UnreadableRequest(leg.Input), user);
        if (asked.Status == ParseStatus.Invalid) return Closed(EndReason.BadRequest, user);
        if (asked.Status == ParseStatus.NeedMore) return Closed(EndReason.ClientGone, user);
        return asked.Value.Command switch
        {
            Command.Connect => new Negotiated(
                new EgressRequest(EgressCommand.Connect, asked.Value.Destination), Socks5Replier.Instance, EndReason.None, Protocol, user),
            _ => Refused(EndReason.CommandNotSupported, user),
        };
    }

    /// <summary>An unknown command may have an address form of its own behind it: 07 goes before 08.</summary>
    private static EndReason UnreadableRequest(PipeReader input)
    {
        if (!input.TryRead(out var read)) return EndReason.AddressTypeNotSupported;
        var command = Request.PeekCommand(read.Buffer);
        input.AdvanceTo(read.Buffer.Start);
        return command == Command.Connect ? EndReason.AddressTypeNotSupported : EndReason.CommandNotSupported;
    }

    private static Negotiated Ended(ParseStatus status, bool empty, string? user) => Closed(
        status == ParseStatus.Invalid ? EndReason.BadRequest : empty ? EndReason.ClientSilent : EndReason.ClientGone, user);

    private static Negotiated Closed(EndReason reason, string? user) => new(default, null, reason, Protocol, user);

    private static Negotiated Refused(EndReason reason, string? user) => new(default, Socks5Replier.Instance, reason, Protocol, user);
}
