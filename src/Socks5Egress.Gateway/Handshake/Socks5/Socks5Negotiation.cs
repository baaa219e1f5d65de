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
    /// <summary>The name in logs.</summary>
    public const string Protocol = "socks5";

    /// <summary>Asks a client that speaks SOCKS5 what it wants.</summary>
    /// <param name="leg">The client.</param>
    /// <param name="lease">What the connection was granted so far; who logs in is added.</param>
    /// <param name="deadline">Is told while its client waits for the gateway.</param>
    /// <param name="cancellation">The handshake deadline.</param>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg leg, Lease lease, IHandshakeDeadline deadline, CancellationToken cancellation)
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
            var end = await LogInAsync(leg, lease, deadline, cancellation);
            if (end != EndReason.None) return Closed(end);
        }
        else if (lease.Grant.Login is null && !lease.Hold(lease.Grant with { Login = Login.Anonymous }, rules)) return Closed(EndReason.NowForbidden);
        await MessageReader.FlushUnlessPipelinedAsync<Request>(leg, Request.Read, cancellation);
        // An anonymous client that has not said that it knows this has ten seconds for its request, as everywhere
        var isOurs = method is AuthMethod.Pipelined or AuthMethod.PipelinedUserPassword;
        return (isOurs || lease.Grant.Login != Login.Anonymous) && !HasInput(leg.Input)
            ? new NegotiationResult(default, null, EndReason.None, Protocol) { Pending = isOurs ? Socks5Request.InReserve : Socks5Request.OfAnyClient }
            : await Socks5Request.OfAnyClient.ReadAsync(leg, lease, hasWaited: false, cancellation);
    }

    private static bool HasInput(PipeReader input)
    {
        if (!input.TryRead(out var ready)) return false;
        input.AdvanceTo(ready.Buffer.Start);
        return !ready.Buffer.IsEmpty || ready.IsCompleted;
    }

    /// <summary>The private method that says that a client need not wait for answers, where the client knows it, else the method of the RFC.</summary>
    private static AuthMethod Choose(Greeting greeting, AuthMethod pipelined, AuthMethod plain) =>
        greeting.Offers(pipelined) ? pipelined : greeting.Offers(plain) ? plain : AuthMethod.NoneAcceptable;

    private static async ValueTask<EndReason> LogInAsync(ILeg leg, Lease lease, IHandshakeDeadline place, CancellationToken cancellation)
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

    private static NegotiationResult Ended(ParseStatus status, bool empty) =>
        Closed(status == ParseStatus.Invalid ? EndReason.BadRequest : empty ? EndReason.ClientSilent : EndReason.ClientGone);

    private static NegotiationResult Closed(EndReason reason) => new(default, null, reason, Protocol);
}
