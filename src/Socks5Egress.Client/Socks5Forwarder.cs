using System.Net;
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
    /// Checks a server's certificate as if the driver had connected to the target by name: the chain must be good, and the name
    /// in the certificate <see cref="TargetHost"/>'s. A <see cref="System.Net.Security.RemoteCertificateValidationCallback"/> for drivers that cannot be
    /// told another name, such as MySqlConnector (<c>SslMode=Required</c> and <c>UseRemoteCertificateValidationCallback</c>).
    /// </summary>
    /// <param name="sender">Not used.</param>
    /// <param name="certificate">The server's certificate.</param>
    /// <param name="chain">Not used: its verdict is in <paramref name="errors"/>.</param>
    /// <param name="errors">What was found; the name mismatch against the local address is looked at again, nothing else is forgiven.</param>
    public bool ValidateServerCertificate(
        object? sender, X509Certificate? certificate, X509Chain? chain, System.Net.Security.SslPolicyErrors errors)
    {
        if ((errors & ~System.Net.Security.SslPolicyErrors.RemoteCertificateNameMismatch) != 0 || certificate is null) return false;
        if (certificate is X509Certificate2 modern) return modern.MatchesHostname(TargetHost);
        using var copy = new X509Certificate2(certificate);
        return copy.MatchesHostname(TargetHost);
    }

    /// <summary>Resets every open connection, also in the middle of disposal.</summary>
    internal void Cut() => _listener.Cut();

    /// <summary>Stops listening, lets open connections end, and resets what is left.</summary>
    public ValueTask DisposeAsync() => _listener.DisposeAsync();
}
