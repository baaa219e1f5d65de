using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication.Tokens;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>The keys of all issuers, as long as the process lives: a reload keeps what was fetched, and what logs in is judged by its rules.</summary>
/// <param name="dial">Connects as probes do.</param>
/// <param name="supervisor">Runs the fetches.</param>
/// <param name="failed">Told of each issuer whose keys could not be fetched, and why.</param>
internal sealed class TokenIssuers(ProbeDial dial, Supervisor supervisor, Action<string, string> failed) : IAsyncDisposable
{
    private readonly byte[] _ownKey = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<(string Issuer, string Authorities), IssuerKeys> _fetched = [];

    /// <summary>Whom tokens log in by these settings; null: nobody. Only one call at a time.</summary>
    /// <param name="settings">Checked settings.</param>
    /// <param name="last">The one before, or null.</param>
    public TokenAuthenticator? Of(GatewaySettings settings, TokenAuthenticator? last) => settings.Users.Oidc.IsEmpty ? null : new TokenAuthenticator(
        [.. settings.Users.Oidc.Select(issuer => new TokenIssuer(issuer.Issuer, issuer.Audience, issuer.UserClaim, KeysOf(issuer)))],
        [.. settings.Accounts.Where(account => !account.Oidc.IsEmpty).Select(account => new TokenAccount(account.Name, account.Oidc))],
        settings.Users.LoginKey ?? _ownKey, settings.Users.LoginKey is not null, supervisor.Time, last);

    /// <summary>Ends the fetches of issuers that these settings do not have.</summary>
    public async ValueTask KeepAsync(GatewaySettings settings)
    {
        var kept = settings.Users.Oidc.Select(Key).ToHashSet();
        foreach (var (key, keys) in _fetched.Where(each => !kept.Contains(each.Key)).ToList())
        {
            _fetched.Remove(key);
            await keys.DisposeAsync();
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var keys in _fetched.Values) await keys.DisposeAsync();
    }

    private static (string, string) Key(OidcSettings issuer) => (issuer.Issuer, string.Join(',', issuer.Authorities.Select(authority => authority.Thumbprint)));

    private IssuerKeys KeysOf(OidcSettings issuer)
    {
        if (issuer.JwksFile is not null) return new IssuerKeys(issuer.Keys);
        if (_fetched.TryGetValue(Key(issuer), out var known)) return known;
        var download = new IssuerDownload(issuer.Issuer, issuer.Authorities, DialAsync);
        return _fetched[Key(issuer)] = new IssuerKeys(issuer.Issuer, download.GetAsync, supervisor, fault => failed(issuer.Issuer, fault));
    }

    private async Task<Stream> DialAsync(string host, int port, CancellationToken cancellation) =>
        await dial(host, port, AddressFamily.InterNetwork, cancellation) ?? await dial(host, port, AddressFamily.InterNetworkV6, cancellation)
        ?? throw new IOException($"{host}:{port} cannot be reached");
}
