using System.Buffers;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Socks5Egress.Configuration;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Admin;

/// <summary>Who may see the pages that tell who goes where: who is on loopback or has the token, by a Host that no web page can forge by DNS rebinding.</summary>
internal sealed class AdminAuthorization(AdminSettings settings)
{
    private readonly byte[]? _token = settings.Token is { } token ? Digest(token.Reveal()) : null;

    /// <returns>Null, or the answer that the client gets instead of the page.</returns>
    public (int Status, string Sentence)? Refuses(HttpContext context)
    {
        if (!IsSafeHost(context.Request.Host.Host)) return (StatusCodes.Status403Forbidden, "Ask by address, as localhost, or by a name of --admin-host.\n");
        if (IPAddress.IsLoopback(AddressLiteral.Canonical(context.Connection.LocalIpAddress ?? IPAddress.None))) return null;
        if (_token is null) return (StatusCodes.Status403Forbidden, "Served on loopback only; --admin-token-file opens it.\n");
        if (Presented(context.Request.Headers.Authorization.ToString()) is { } presented && CryptographicOperations.FixedTimeEquals(presented, _token)) return null;
        // A browser then asks for a user, any, and a password, the token
        context.Response.Headers.WWWAuthenticate = "Basic realm=\"Socks5Egress\", charset=\"UTF-8\"";
        return (StatusCodes.Status401Unauthorized, "The token is missing or wrong.\n");
    }

    /// <summary>A name could be an attacker's, pointed at this address; an address, localhost and what the operator named cannot.</summary>
    private bool IsSafeHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || AddressLiteral.TryParse(host.AsSpan().Trim("[]"), out _)
        || settings.Hosts.Contains(host, StringComparer.OrdinalIgnoreCase);

    /// <summary>The digest of the token of a client, as a bearer token or as the password of any user; null: it has shown none.</summary>
    private static byte[]? Presented(string authorization)
    {
        if (authorization.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)) return Digest(authorization["Bearer ".Length..].Trim());
        Span<byte> room = stackalloc byte[BasicCredentials.MaxLength];
        var field = new ReadOnlySequence<byte>(Encoding.Latin1.GetBytes(authorization));
        return BasicCredentials.TryDecode(field, room, out var credentials) ? SHA256.HashData(credentials.Password) : null;
    }

    private static byte[] Digest(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}
