using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>Who a client is and what proved it. A reload asks whether that proof still counts.</summary>
/// <param name="User">The account's name; null for a client that did not have to log in.</param>
internal abstract record Login(string? User)
{
    /// <summary>A client of a listener that asks for no login.</summary>
    public static readonly Login Anonymous = new AnonymousLogin();

    /// <summary>How it is proved, as logs say it.</summary>
    public abstract string Kind { get; }

    /// <summary>The common name or URI of a certificate that is the user's; null without one.</summary>
    public string? Subject { get; init; }
}

/// <summary>Nothing was asked and nothing was proved.</summary>
internal sealed record AnonymousLogin() : Login((string?)null)
{
    /// <inheritdoc/>
    public override string Kind => "none";
}

/// <summary>A password or a token of the users file.</summary>
/// <param name="Name">The account's name.</param>
/// <param name="Stored">What was stored of the password that proved it: changing the password ends what it opened.</param>
internal sealed record PasswordLogin(string Name, StoredPassword Stored) : Login(Name)
{
    /// <inheritdoc/>
    public override string Kind => "password";
}

/// <summary>A client certificate.</summary>
/// <param name="User">The name that the certificate proves.</param>
/// <param name="Chain">The certificate, then those between it and the root, as the client showed them.</param>
/// <param name="Policy">The trust that it was proved under: the same object again needs no second proof.</param>
internal sealed record CertificateLogin(string User, X509Certificate2Collection Chain, X509ChainPolicy? Policy) : Login(User)
{
    /// <inheritdoc/>
    public override string Kind => "certificate";
}
