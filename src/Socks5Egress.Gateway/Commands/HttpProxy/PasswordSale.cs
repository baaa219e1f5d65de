using System.Buffers;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Protocol.Jwt;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// <c>POST /login</c>: a token for a user and a password of at most 255 bytes, for clients that have SOCKS only. Answered by the gateway itself, over TLS or to
/// a client in a private network. Nothing but a token buys one.
/// </summary>
internal static class PasswordSale
{
    /// <summary>Answers a request for which <see cref="LoginRequest.IsOne"/> says so.</summary>
    /// <param name="context">The session.</param>
    /// <param name="request">The request.</param>
    /// <param name="rules">The rules that hold now.</param>
    /// <param name="tokens">Whom tokens log in.</param>
    public static async ValueTask<HttpRefusal> AnswerAsync(CommandContext context, RequestMessage request, ConfigSnapshot rules, TokenAuthenticator tokens)
    {
        var client = context.Identity.Client.Address;
        if (context.Lease.Grant.IsPlain && !IsPrivate(client))
            return Refused(403, EndReason.ClientNotAllowed, "transport", "A token is taken over TLS or from a private network only: give this listener a certificate (--tls-cert).");
        if (!LoginRequest.TryDuration(request.Bytes, request.Head, out var validFor) || validFor > TokenAuthenticator.MostTime)
            return Refused(400, EndReason.BadRequest, "request", "The query is ?for=DURATION, a number with s, m or h, at most 1h.");
        if (TokenOf(request) is not { } token) return Refused(401, EndReason.BadToken, "token", "There is no token: send Authorization: Bearer TOKEN.");
        var judged = await tokens.LogInAsync(token, client, context.Stop);
        CryptographicOperations.ZeroMemory(token);
        if (judged.IsBusy) return Refused(503, EndReason.CredentialsBusy, "issuer", "Too many logins wait for the issuer's keys.");
        context.Report.RefusedToken(judged.Fault);
        if (judged.Login is not { } login)
            return Refused(401, EndReason.BadToken, JwtFaults.Step(judged.Fault), JwtFaults.Sentence(judged.Fault)) with { HasToken = true };
        if (!rules.AdmitsUser(login.Name, client)) return Refused(403, EndReason.ClientNotAllowed, "account", "The account may not be used from this address.");
        if (tokens.Sell(judged, validFor == TimeSpan.Zero ? TokenAuthenticator.UsualTime : validFor, rules.EndsWithToken(login.Name)) is not var (password, expires))
        {
            context.Report.RefusedToken(JwtFault.Expired);
            return Refused(401, EndReason.BadToken, JwtFaults.Step(JwtFault.Expired), JwtFaults.Sentence(JwtFault.Expired)) with { HasToken = true };
        }
        context.Report.LoggedIn(login.Name, login.Kind, login.Subject);
        return new HttpRefusal(200, EndReason.None, "", true)
        {
            Json = Json(("user", login.Name), ("password", password), ("expires", expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)),
                ("valid_at", tokens.IsShared ? "every gateway with the same --login-key" : "this gateway, until it restarts")),
        };
    }

    private static HttpRefusal Refused(int status, EndReason end, string step, string sentence) => new(status, end, "", true)
    {
        Json = Json(("error", status == 401 ? "invalid_token" : status == 503 ? "temporarily_unavailable" : "invalid_request"), ("step", step), ("error_description", sentence)),
    };

    private static byte[]? TokenOf(RequestMessage request)
    {
        var own = LoginRequest.Authorization(request.Bytes, request.Head) is { } value ? new ReadOnlySequence<byte>(value)
            : request.Head.ProxyAuthorization is { } within ? request.Value(within) : (ReadOnlySequence<byte>?)null;
        return own is { } field && BearerCredentials.IsBearer(field) ? BearerCredentials.TokenOf(field) : null;
    }

    private static bool IsPrivate(IPAddress address) => AddressTable.Classify(AddressBits.Of(AddressLiteral.Canonical(address)))
        is AddressClass.Loopback or AddressClass.Private or AddressClass.Shared or AddressClass.LinkLocal or AddressClass.UniqueLocal;

    // Everything beyond ASCII is escaped
    private static string Json(params ReadOnlySpan<(string Name, string Value)> members)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in members) writer.WriteString(name, value);
            writer.WriteEndObject();
        }
        return Encoding.ASCII.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
