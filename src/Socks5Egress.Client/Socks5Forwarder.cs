using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Protocol;

namespace Socks5Egress.Client;

/// <summary>
/// A local port or Unix socket that leads to one target through the gateways of a <see cref="Socks5Client"/>: for drivers that can
/// be pointed at no proxy. Bytes, half-closes and resets pass unchanged, so TLS is between the driver and the target; tell the
/// driver the target's name for its certificate check, since it connects to a local address.
/// </summary>
/// <remarks>Disposal stops listening, waits <see cref="Socks5ForwarderOptions.DrainTimeout"/> for open connections, then resets them.</remarks>
public sealed class Socks5Forwarder : IAsyncDisposable
{
    private readonly ForwardListener _listener;

    private Socks5Forwarder(ForwardListener listener, Destination target)
    {
        _listener = listener;
        TargetHost = target.Name ?? target.Address!.ToString();
        TargetPort = target.Port;
    }

    /// <summary>Where it listens; the port is the real one.</summary>
    public EndPoint LocalEndPoint => _listener.LocalEndPoint;

    /// <summary>The target's name or address, an IPv6 address without brackets.</summary>
    public string TargetHost { get; }

    /// <summary>The target's port.</summary>
    public int TargetPort { get; }

    /// <summary>How many local connections are open, those still waiting for a gateway included.</summary>
    public int ConnectionCount => _listener.ConnectionCount;

    /// <summary>Begins to listen. No gateway is asked before somebody connects.</summary>
    /// <param name="client">Knows the gateways.</param>
    /// <param name="targetHost">A name, or an IPv4 or IPv6 address, with or without brackets.</param>
    /// <param name="targetPort">1 to 65535.</param>
    /// <param name="options">Where to listen, how long to wait; null for the defaults.</param>
    /// <exception cref="SocketException">The local endpoint cannot be had.</exception>
    /// <exception cref="ArgumentException">Host or port cannot be sent in SOCKS5.</exception>
    public static Socks5Forwarder Start(Socks5Client client, string targetHost, int targetPort, Socks5ForwarderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(client);
        return new Socks5Forwarder(
            new ForwardListener(client, targetHost, targetPort, options ?? new Socks5ForwarderOptions()), Targets.Of(targetHost, targetPort));
    }

    /// <summary>
    /// Makes a callback that checks a server's certificate as if the driver had connected to the target by name: the chain must be
    /// good, and the name in the certificate <see cref="TargetHost"/>'s. For drivers that cannot be told another name, such as
    /// MySqlConnector (<c>SslMode=Required</c> and <c>UseRemoteCertificateValidationCallback</c>).
    /// </summary>
    /// <param name="trustedRoots">
    /// Trust these issuers and no others; null for those that this machine trusts. Where the driver has a setting of its own for it, leave
    /// that unset: MySqlConnector does not call the callback when its <c>SslCa</c> is set. Revocation is not looked up with roots of your own.
    /// </param>
    public RemoteCertificateValidationCallback CertificateValidator(X509Certificate2Collection? trustedRoots = null) =>
        (_, certificate, chain, errors) =>
        {
            if (certificate is null) return false;
            using var copy = new X509Certificate2(certificate);
            if (!copy.MatchesHostname(TargetHost)) return false;
            return trustedRoots is null ? (errors & ~SslPolicyErrors.RemoteCertificateNameMismatch) == 0 : LeadsTo(trustedRoots, copy, chain);
        };

    /// <summary>Resets every open connection, also in the middle of disposal.</summary>
    internal void Cut() => _listener.Cut();

    /// <summary>Stops listening, lets open connections end, and resets what is left.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();

    private static bool LeadsTo(X509Certificate2Collection roots, X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var element in sent?.ChainElements.AsEnumerable() ?? []) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }
}
