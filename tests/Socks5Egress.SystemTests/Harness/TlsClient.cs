using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A .NET client inside TLS, byte by byte. It trusts every certificate, and says which it saw.</summary>
internal sealed class TlsClient : IAsyncDisposable
{
    private TlsClient(RawConnection raw, SslStream tls) => (Raw, Stream) = (raw, tls);

    public RawConnection Raw { get; }

    public SslStream Stream { get; }

    public X509Certificate2 Gateway => (X509Certificate2)Stream.RemoteCertificate!;

    public static Task<TlsClient> ConnectAsync(GatewayProcess gateway, MadeCertificate? certificate = null) => ConnectAsync(gateway.EndPoint, certificate);

    /// <param name="at">Where the gateway listens.</param>
    /// <param name="certificate">The client certificate to show.</param>
    /// <param name="before">Bytes in front of the handshake.</param>
    /// <param name="receiveBuffer">Bounds the window, for a slow reader.</param>
    public static async Task<TlsClient> ConnectAsync(
        IPEndPoint at, MadeCertificate? certificate = null, ReadOnlyMemory<byte> before = default, int? receiveBuffer = null)
    {
        var raw = await RawConnection.ConnectAsync(at, receiveBuffer: receiveBuffer);
        await raw.SendAsync(before);
        var tls = new SslStream(new NetworkStream(raw.Socket, ownsSocket: false));
        using var deadline = Deadline.Token();
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            RemoteCertificateValidationCallback = static (_, certificate, _, _) => certificate is not null,
        };
        if (certificate is not null) options.ClientCertificateContext = SslStreamCertificateContext.Create(certificate.Certificate, null, offline: true);
        try
        {
            await tls.AuthenticateAsClientAsync(options, deadline.Token);
            return new TlsClient(raw, tls);
        }
        catch
        {
            raw.Dispose();
            throw;
        }
    }

    /// <summary>Greeting without authentication and a request; the reply's code.</summary>
    public async Task<byte> RequestAsync(byte[] request)
    {
        await Stream.WriteAsync(Socks5.Greeting(Socks5.NoAuthentication));
        var chosen = await ReceiveAsync(2);
        if (chosen[1] != Socks5.NoAuthentication) throw new InvalidDataException("No method: " + Convert.ToHexString(chosen));
        await Stream.WriteAsync(request);
        return (await ReceiveAsync(10))[1];
    }

    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        using var deadline = Deadline.Token();
        await Stream.WriteAsync(bytes, deadline.Token);
    }

    public async Task<byte[]> ReceiveAsync(int count)
    {
        var bytes = new byte[count];
        using var deadline = Deadline.Token();
        await Stream.ReadExactlyAsync(bytes, deadline.Token);
        return bytes;
    }

    /// <summary>What still comes up to a close-notify or FIN.</summary>
    public async Task<byte[]> ReceiveRestAsync()
    {
        using var rest = new MemoryStream();
        using var deadline = Deadline.Token();
        await Stream.CopyToAsync(rest, deadline.Token);
        return rest.ToArray();
    }

    /// <summary>Close-notify and FIN; receiving goes on.</summary>
    public async Task FinishAsync()
    {
        await Stream.ShutdownAsync();
        Raw.Finish();
    }

    public async ValueTask DisposeAsync()
    {
        await Stream.DisposeAsync();
        Raw.Dispose();
    }
}
