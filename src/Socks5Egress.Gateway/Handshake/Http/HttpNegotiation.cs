using System.IO.Pipelines;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Handshake.Http;

/// <summary>
/// CONNECT, with Basic credentials where there are users: one request a connection, after a refusal it closes. Any other method is left where it
/// is: <c>HttpProxy</c> reads it, and judges each request for itself.
/// </summary>
internal static class HttpNegotiation
{
    private const string Protocol = "http";

    /// <summary>Asks a client that speaks HTTP what it wants.</summary>
    public static async ValueTask<NegotiationResult> AskAsync(ILeg leg, Lease lease, CancellationToken cancellation)
    {
        await SkipEmptyLinesAsync(leg.Input, cancellation);
        var asked = await MessageReader.ReadAsync<ConnectHead, Tunnel>(leg.Input, ConnectHead.Read, Tunnel.Of, cancellation);
        if (asked.Status == ParseStatus.NeedMore) return new NegotiationResult(default, null, EndReason.ClientGone, Protocol);
        if (asked.Status == ParseStatus.Invalid) return Refused(Broken(asked.Fault));
        if (!asked.Value.IsConnect)
            return new NegotiationResult(new EgressRequest(EgressCommand.Http, default), HttpReplyWriter.Instance, EndReason.None, Protocol);

        var end = await LogInAsync(asked.Value, lease, cancellation);
        return end == EndReason.None
            ? new NegotiationResult(new EgressRequest(EgressCommand.Connect, asked.Value.Destination), HttpReplyWriter.Instance, EndReason.None, Protocol)
            : Refused(end);
    }

    // RFC 9112 section 2.2: empty lines in front of a request are no part of it
    private static async ValueTask SkipEmptyLinesAsync(PipeReader input, CancellationToken cancellation)
    {
        while (true)
        {
            var read = await input.ReadAsync(cancellation);
            var start = RequestHead.SkipEmptyLines(read.Buffer);
            var rest = read.Buffer.Slice(start);
            // A CR may be half of another one
            var more = (rest.IsEmpty || (rest.Length == 1 && rest.FirstSpan[0] == '\r')) && !read.IsCompleted;
            input.AdvanceTo(start, more ? read.Buffer.End : start);
            if (!more) return;
        }
    }

    private static async ValueTask<EndReason> LogInAsync(Tunnel tunnel, Lease lease, CancellationToken cancellation)
    {
        if (lease.Grant.Login is not null) return EndReason.None;
        var rules = lease.Rules;
        if (lease.ListenerOf(rules).Users is not { } users)
            return lease.Hold(lease.Grant with { Login = Login.Anonymous }, rules) ? EndReason.None : EndReason.NowForbidden;
        if (tunnel.User is null) return EndReason.BadCredentials;
        var login = await users.LogInAsync(tunnel.User, tunnel.Password, lease.Grant.Client!, cancellation);
        CryptographicOperations.ZeroMemory(tunnel.Password);
        return login switch
        {
            LoginResult.Accepted => lease.Hold(lease.Grant with { Login = users.LoginOf(tunnel.User) }, rules) ? EndReason.None : EndReason.NowForbidden,
            LoginResult.Busy => EndReason.CredentialsBusy,
            _ => EndReason.BadCredentials,
        };
    }

    private static EndReason Broken(ParseFault fault) => fault switch
    {
        ParseFault.LineTooLong => EndReason.BadRequestTooLong,
        ParseFault.TooLarge => EndReason.BadRequestTooLarge,
        _ => EndReason.BadRequest,
    };

    private static NegotiationResult Refused(EndReason reason) => new(default, HttpReplyWriter.Instance, reason, Protocol);

    /// <summary>What is kept of a head whose bytes are about to go.</summary>
    private readonly record struct Tunnel(bool IsConnect, Destination Destination, byte[]? User, byte[]? Password)
    {
        public static Tunnel Of(ConnectHead head)
        {
            if (!head.IsConnect) return default;
            if (head.ProxyAuthorization is not { } value) return new Tunnel(true, head.ToDestination(), null, null);
            Span<byte> room = stackalloc byte[BasicCredentials.MaxLength];
            var legal = BasicCredentials.TryDecode(value, room, out var credentials);
            var tunnel = new Tunnel(
                true, head.ToDestination(), legal ? credentials.Username.ToArray() : null, legal ? credentials.Password.ToArray() : null);
            CryptographicOperations.ZeroMemory(room);
            return tunnel;
        }
    }
}
