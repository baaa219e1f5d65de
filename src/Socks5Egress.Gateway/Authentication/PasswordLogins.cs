using System.Net;
using System.Security.Cryptography;
using Socks5Egress.Gateway.Authentication.Tokens;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>A login by name and password, whichever protocol it came by: a stored password, or one that a token has bought.</summary>
internal static class PasswordLogins
{
    /// <param name="users">Who has a stored password; null: nobody.</param>
    /// <param name="tokens">Whom tokens log in; null: nobody.</param>
    /// <param name="user">As the client sent it.</param>
    /// <param name="password">As the client sent it. It is cleared.</param>
    /// <param name="client">Where the client is.</param>
    /// <param name="cancellation">Nobody waits for the answer any more.</param>
    /// <returns>What came of it, and what it proves when it is right.</returns>
    public static async ValueTask<(LoginResult Result, Login? Login)> LogInAsync(
        UserAuthenticator? users, TokenAuthenticator? tokens, byte[] user, byte[] password, IPAddress client, CancellationToken cancellation)
    {
        var isBought = tokens is not null && BoughtPassword.IsOne(password);
        if (isBought && tokens!.TakeBought(user, password) is { } bought)
        {
            CryptographicOperations.ZeroMemory(password);
            return (LoginResult.Accepted, bought);
        }
        var result = users is null ? LoginResult.Refused : await users.LogInAsync(user, password, client, cancellation);
        CryptographicOperations.ZeroMemory(password);
        return result switch
        {
            LoginResult.Accepted => (result, users!.LoginOf(user)),
            LoginResult.Refused when isBought => (LoginResult.BadToken, null),
            _ => (result, null),
        };
    }

    /// <summary>What a login that was not accepted ends a session with.</summary>
    public static EndReason EndOf(LoginResult result) => result switch
    {
        LoginResult.Accepted => EndReason.None,
        LoginResult.Busy => EndReason.CredentialsBusy,
        LoginResult.BadToken => EndReason.BadToken,
        _ => EndReason.BadCredentials,
    };
}
