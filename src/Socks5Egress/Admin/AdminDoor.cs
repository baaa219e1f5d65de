using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Hosting.Configuration;
using Socks5Egress.Protocol;

namespace Socks5Egress.Admin;

/// <summary>Who may see the pages that tell who goes where: who is on loopback or has the token, by a Host that no web page can forge by DNS rebinding.</summary>
internal sealed class AdminDoor(AdminSettings settings)
{
    private readonly byte[]? _token = settings.Token is { } token ? Digest(token.Reveal()) : null;

    /// <returns>Null, or the answer that the client gets instead of the page.</returns>
    public (int Status, string Sentence)? Refuses(HttpContext context)
    {
        if (!IsSafeHost(context.Request.Host.Host)) return (StatusCodes.Status403Forbidden, "Ask by address, as localhost, or by a name of --admin-host.\n");
        if (IPAddress.IsLoopback(AddressLiteral.Canonical(context.Connection.LocalIpAddress ?? IPAddress.None))) return null;
        if (_token is null) return (StatusCodes.Status403Forbidden, "Served on loopback only; --admin-token-file opens it.\n");
        if (Presented(context.Request.Headers.Authorization.ToString()) is { } presented && CryptographicOperations.FixedTimeEquals(Digest(presented), _token)) return null;
        // A browser then asks for a user, any, and a password, the token
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Socks5Egress\", charset=\"UTF-8\"";
        return (StatusCodes.Status401Unauthorized, "The token is missing or wrong.\n");
    }

    /// <summary>A name could be an attacker's, pointed at this address; an address, localhost and what the operator named cannot.</summary>
    private bool IsSafeHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out _)
        || settings.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    private static string? Presented(string authorization)
    {
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return authorization["Bearer ".Length..].Trim();
        if (!authorization.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase)) return null;
        var word = authorization["Basic ".Length..].Trim();
        var bytes = new byte[word.Length];
        if (!Convert.TryFromBase64String(word, bytes, out var length)) return null;
        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        return pair[(pair.IndexOf(':', StringComparison.Ordinal) + 1)..];
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
