using System.Net;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Gateway.Handshake;

/// <summary>
/// A login by name and password within a handshake. One that is given up while it waits for its hash was not checked: its client has done its part, and is
/// answered like one that found the queue full.
/// </summary>
internal static class PasswordWait
{
    /// <inheritdoc cref="PasswordLogins.LogInAsync"/>
    /// <param name="listener">Who may log in, by the rules that hold now.</param>
    /// <param name="place">Is told that it waits; null where it has no deadline.</param>
    public static async ValueTask<(LoginResult Result, Login? Login)> LogInAsync(
        ListenerPolicy listener, byte[] user, byte[] password, IPAddress client, IHandshakeDeadline? place, CancellationToken cancellation)
    {
        var checking = PasswordLogins.LogInAsync(listener.Users, listener.Tokens, user, password, client, cancellation);
        if (checking.IsCompleted) return await checking;
        place?.AwaitHash();
        try
        {
            var result = await checking;
            place?.Hashed();
            return result;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return (LoginResult.Busy, null);
        }
    }
}
