using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Negotiation;
using Socks5Egress.Negotiation.Users;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.HttpForward;

/// <summary>Basic credentials of one request (RFC 7617), checked anew for each.</summary>
internal static class ProxyLogin
{
    /// <param name="users">Who may log in.</param>
    /// <param name="request">The request.</param>
    /// <param name="source">Where the client is: wrong logins of one source are answered late, whichever way they come.</param>
    /// <returns><see cref="EndReason.None"/> and what the login proves, or why not.</returns>
    public static async ValueTask<(EndReason End, Login? Login)> CheckAsync(UserVerifier users, HttpRequest request, IPAddress source)
    {
        var values = request.Headers.ProxyAuthorization;
        if (values.Count != 1 || !TryDecode(values[0]!, out var user, out var password)) return (EndReason.BadCredentials, null);
        var login = await users.LogInAsync(user, password, source, request.HttpContext.RequestAborted);
        CryptographicOperations.ZeroMemory(password);
        return login switch
        {
            LoginResult.Accepted => (EndReason.None, users.LoginOf(user)),
            LoginResult.Busy => (EndReason.CredentialsBusy, null),
            _ => (EndReason.BadCredentials, null),
        };
    }

    private static bool TryDecode(string value, out byte[] user, out byte[] password)
    {
        Span<byte> room = stackalloc byte[BasicCredentials.MaxLength];
        var legal = BasicCredentials.TryDecode(new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(value)), room, out var credentials);
        (user, password) = legal ? (credentials.Username.ToArray(), credentials.Password.ToArray()) : ([], []);
        CryptographicOperations.ZeroMemory(room);
        return legal;
    }
}
