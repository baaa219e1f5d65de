using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Interop;
using Xunit;

namespace Socks5Egress.SystemTests.Clear;

/// <summary>One port in front of two real PostgreSQL servers, which are found by name.</summary>
public sealed class SniForwardTests(EgressSetup setup)
{
    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_hundred_names_on_one_port_lead_to_their_servers_without_a_key_in_between(string transport)
    {
        var (first, other) = (await setup.ServerAsync(), await setup.OtherAsync());
        using var names = new NameServer(IPAddress.Loopback);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport,
            Options = [.. EgressSetup.Options, "--resolver", names.EndPoint.ToString(), "--deny", "n7.b.pg.test", "--forward",
                string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:0=sni:*.a.pg.test:{first.Port},*.b.pg.test:{other.Port}")],
        });
        using X509Certificate2 a = X509CertificateLoader.LoadCertificateFromFile(first.CertificateFile), b = X509CertificateLoader.LoadCertificateFromFile(other.CertificateFile);
        await Parallel.ForEachAsync(Enumerable.Range(0, transport == "epoll" ? 101 : 12).Where(i => i != 7), async (i, _) =>
            Assert.Equal((i % 2 == 0 ? a : b).Thumbprint, await CertificateOfAsync(gateway.Forward(), $"n{i}.{(i % 2 == 0 ? "a" : "b")}.PG.test", apart: i < 2)));
        Assert.Equal(49, await AlertAsync(gateway.Forward(), "n7.b.pg.test"));
        Assert.Equal(112, await AlertAsync(gateway.Forward(), "n7.c.pg.test"));

        var environment = DatabaseClient.Libpq(other, "orders.b.pg.test");
        (environment["PGHOSTADDR"], environment["PGPORT"]) = ("127.0.0.1", gateway.Forward().Port.ToString(CultureInfo.InvariantCulture));
        environment["PGCHANNELBINDING"] = "require";
        var result = await ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-A", "-t", "-c", "select host(inet_client_addr())"], environment);
        Assert.True(result.Output.Trim() == "127.0.0.77", result + "\n" + gateway.Log.Text);
        environment["PGSSLMODE"] = "disable";
        environment.Remove("PGCHANNELBINDING");
        var clear = await ExternalProgram.RunAsync(PostgresServer.Program("psql"), ["-X", "-c", "select 1"], environment);
        Assert.Contains("set sslmode=require or higher", clear.Error, StringComparison.Ordinal);
        var end = await gateway.Log.WaitAsync("session.end", entry => entry.GetProperty("tls_sni").GetString() == "orders.b.pg.test");
        Assert.Equal(("postgres", "1.3"), (end.GetProperty("upgrade").GetString(), end.GetProperty("tls_version").GetString()));
        Assert.Equal($"orders.b.pg.test:{other.Port}", end.GetProperty("target").GetString());
        // Nothing is kept of a session that is over
        var left = "";
        await Deadline.UntilAsync(async () => (left = (await AdminPage.PostAsync(gateway, "/retire?all&now")).Body) == """{"due":0,"ended":0,"busy":0}""", () => left);
    }

    private static async Task<NetworkStream> AskAsync(RawConnection connection)
    {
        await connection.SendAsync(new byte[] { 0, 0, 0, 8, 0x04, 0xD2, 0x16, 0x2F });
        Assert.Equal("S"u8.ToArray(), await connection.ReceiveAsync(1));
        return new NetworkStream(connection.Socket, ownsSocket: false);
    }

    private static async Task<string?> CertificateOfAsync(IPEndPoint at, string name, bool apart)
    {
        using var connection = await RawConnection.ConnectAsync(at);
        await using var tls = new SslStream(apart ? new ApartStream(await AskAsync(connection)) : await AskAsync(connection), false, static (_, certificate, _, _) => certificate is not null);
        using var deadline = Deadline.Token();
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = name }, deadline.Token);
        return ((X509Certificate2)tls.RemoteCertificate!).Thumbprint;
    }

    /// <summary>The description of the alert that answers the hello.</summary>
    private static async Task<byte> AlertAsync(IPEndPoint at, string name)
    {
        using var connection = await RawConnection.ConnectAsync(at);
        await using var stream = await AskAsync(connection);
        await stream.WriteAsync(RawHello.Of(name), TestContext.Current.CancellationToken);
        var alert = await connection.ReceiveAsync(7);
        Assert.Equal([21, 3, 3, 0, 2, 2], alert[..6]);
        return alert[6];
    }

    /// <summary>Writes each byte by itself.</summary>
    private sealed class ApartStream(NetworkStream inner) : Stream
    {
        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            for (var i = 0; i < buffer.Length; i++) await inner.WriteAsync(buffer.Slice(i, 1), cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
