using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>Basic credentials of one request (RFC 7617), checked anew for each.</summary>
internal static class ProxyAuthentication
{
    /// <param name="users">Who may log in, by the rules that hold now.</param>
    /// <param name="value">The value of Proxy-Authorization, or null without one.</param>
    /// <param name="source">Where the client is: wrong logins of one source are answered late, whichever way they come.</param>
    /// <param name="cancellation">The client has given it up.</param>
    /// <returns><see cref="EndReason.None"/> and what the login proves, or why not.</returns>
    public static async ValueTask<(EndReason End, Login? Login)> CheckAsync(UserAuthenticator users, ReadOnlySequence<byte>? value, IPAddress source, CancellationToken cancellation)
    {
        if (value is not { } field || !TryDecode(field, out var user, out var password)) return (EndReason.BadCredentials, null);
        var login = await users.LogInAsync(user, password, source, cancellation);
        CryptographicOperations.ZeroMemory(password);
        return login switch
        {
            LoginResult.Accepted => (EndReason.None, users.LoginOf(user)),
            LoginResult.Busy => (EndReason.CredentialsBusy, null),
            _ => (EndReason.BadCredentials, null),
        };
    }

    private static bool TryDecode(in ReadOnlySequence<byte> value, out byte[] user, out byte[] password)
    {
        Span<byte> room = stackalloc byte[BasicCredentials.MaxLength];
        var legal = BasicCredentials.TryDecode(value, room, out var credentials);
        (user, password) = legal ? (credentials.Username.ToArray(), credentials.Password.ToArray()) : ([], []);
        CryptographicOperations.ZeroMemory(room);
        return legal;
    }
}
