using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Handshake.Http;

/// <summary>What a request's Proxy-Authorization proves.</summary>
/// <param name="End"><see cref="EndReason.None"/>, or why it proves nothing.</param>
/// <param name="Login">Who it is.</param>
/// <param name="Challenge">What a 407 asks for.</param>
/// <param name="Token">What is wrong with a token.</param>
internal readonly record struct HttpLogin(EndReason End, Login? Login, ProxyChallenge Challenge, JwtFault Token = JwtFault.None)
{
    /// <summary>Checks the field of one request: Basic (RFC 7617) or Bearer (RFC 6750).</summary>
    /// <param name="listener">Who may log in, by the rules that hold now.</param>
    /// <param name="credentials">Taken from the field; null: it is not there, or not to be understood.</param>
    /// <param name="client">Where the client is: wrong passwords of one source are answered late, whichever way they come.</param>
    /// <param name="place">Where a login waits; null where it has no deadline.</param>
    /// <param name="cancellation">The client has given it up.</param>
    public static async ValueTask<HttpLogin> CheckAsync(ListenerPolicy listener, HttpCredentials? credentials, IPAddress client, IHandshakeDeadline? place, CancellationToken cancellation)
    {
        var offer = listener.Tokens is null ? ProxyChallenge.Basic : ProxyChallenge.BasicOrBearer;
        if (credentials is null) return new HttpLogin(EndReason.BadCredentials, null, offer);
        if (credentials.Token is { } token)
        {
            if (listener.Tokens is not { } tokens) return new HttpLogin(EndReason.BadCredentials, null, offer);
            var judging = tokens.LogInAsync(token, client, cancellation);
            if (!judging.IsCompleted) place?.AwaitKeys();
            var judged = await judging;
            CryptographicOperations.ZeroMemory(token);
            if (judged.IsBusy) return new HttpLogin(EndReason.CredentialsBusy, null, offer);
            return judged.Login is { } proved ? new HttpLogin(EndReason.None, proved, offer) : new HttpLogin(EndReason.BadToken, null, ProxyChallenge.InvalidToken, judged.Fault);
        }
        var (result, login) = await PasswordWait.LogInAsync(listener, credentials.User, credentials.Password, client, place, cancellation);
        return new HttpLogin(PasswordLogins.EndOf(result), login, offer);
    }
}

/// <summary>The credentials of a request, in bytes of their own.</summary>
/// <param name="User">The name of Basic.</param>
/// <param name="Password">The password of Basic.</param>
/// <param name="Token">The token of Bearer; null: it is Basic.</param>
internal sealed record HttpCredentials(byte[] User, byte[] Password, byte[]? Token)
{
    /// <summary>Takes them from a field's value; null when it has none that are understood.</summary>
    public static HttpCredentials? Of(ReadOnlySequence<byte>? value)
    {
        if (value is not { } field) return null;
        if (BearerCredentials.IsBearer(field)) return new HttpCredentials([], [], BearerCredentials.TokenOf(field));
        Span<byte> room = stackalloc byte[BasicCredentials.MaxLength];
        var taken = BasicCredentials.TryDecode(field, room, out var basic) ? new HttpCredentials(basic.Username.ToArray(), basic.Password.ToArray(), null) : null;
        CryptographicOperations.ZeroMemory(room);
        return taken;
    }
}
