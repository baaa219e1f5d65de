using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.Tests.Gateway.Handshake.Tls;
using Socks5Egress.Transport.Tls;

namespace Socks5Egress.Tests.Transport.Tls;

/// <summary>A leg inside TLS over memory, and its client.</summary>
internal sealed record TlsPair(MemoryLeg Raw, TlsLeg Leg, SslStream Client, DuplexStream Wire)
{
    public static async Task<TlsPair> ConnectAsync(SslProtocols protocol, int piece = int.MaxValue)
    {
        var raw = new MemoryLeg();
        var ours = new DuplexStream(raw.Peer) { Piece = piece };
        var client = new SslStream(ours);
        var gate = new DecryptionGate();
        var wire = new CiphertextStream(raw, gate);
        var server = new SslStream(wire, leaveInnerStreamOpen: true);
        var (certificate, key) = MadeCertificates.Pem("CN=localhost");
        using var parsed = X509Certificate2.CreateFromPem(certificate, key);
        var accepting = server.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificateContext = SslStreamCertificateContext.Create(parsed, null, offline: true),
            EnabledSslProtocols = protocol,
        });
        await client.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, shown, _, _) => shown is not null,
        });
        await accepting;
        gate.Leave();
        return new TlsPair(raw, new TlsLeg(raw, server, wire, gate), client, ours);
    }
}
