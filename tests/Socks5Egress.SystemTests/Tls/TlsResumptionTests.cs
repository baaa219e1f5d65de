using System.Net;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Tls;

/// <summary>A session that openssl resumes is a new login: what a reload has changed since the first one holds for it.</summary>
public sealed class TlsResumptionTests : IDisposable
{
    private readonly Certificates _ours = new();
    private readonly Certificates _others = new();
    private readonly TemporaryFolder _folder = new();

    public void Dispose()
    {
        _folder.Dispose();
        _ours.Dispose();
        _others.Dispose();
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task It_is_judged_by_the_authorities_the_list_and_the_accounts_of_now(string transport)
    {
        var accounts = _ours.Accounts("kept", "revoked", "removed", "theirs");
        Trust([_ours, _others]);
        var server = _ours.Server();
        await using var target = RawTarget.Start(AnswerAsync);
        await using var gateway = await GatewayProcess.StartAsync(transport,
            "--forward", $"127.0.0.1:0={target.EndPoint}", "--tls-cert", server.File, "--tls-key", server.KeyFile, "--config", accounts,
            "--tls-client-ca", Path.Combine(_folder.Path, "ca.pem"), "--tls-client-crl", Path.Combine(_folder.Path, "crl.pem"));
        var clients = new Dictionary<string, MadeCertificate>
        {
            ["kept"] = _ours.Client("kept"), ["revoked"] = _ours.Client("revoked"), ["removed"] = _ours.Client("removed"), ["theirs"] = _others.Client("theirs"),
        };
        foreach (var (name, client) in clients)
        {
            await AskAsync(gateway, name, client, "New", isServed: true);
            await AskAsync(gateway, name, client, "Reused", isServed: true);
        }

        await ReloadAsync(() => Trust([_ours, _others], clients["revoked"]));
        await ExpectAsync("kept removed theirs", "revoked");
        await ReloadAsync(() => _ours.Accounts("kept", "revoked", "theirs"));
        await ExpectAsync("kept theirs", "removed");
        await ReloadAsync(() => Trust([_ours], clients["revoked"]));
        await ExpectAsync("kept", "theirs");
        await ReloadAsync(() => Trust([_others]));
        await ExpectAsync("theirs", "kept");

        async Task ReloadAsync(Action change)
        {
            change();
            var (status, body) = await AdminPage.PostAsync(gateway, "/reload");
            Assert.True(status == HttpStatusCode.OK, body);
        }

        async Task ExpectAsync(string served, string refused)
        {
            foreach (var name in served.Split(' ')) await AskAsync(gateway, name, clients[name], "Reused", isServed: true);
            var before = target.Accepted;
            await AskAsync(gateway, refused, clients[refused], null, isServed: false);
            Assert.Equal(before, target.Accepted);
        }
    }

    /// <summary>By both versions, with the session of the last time.</summary>
    private async Task AskAsync(GatewayProcess gateway, string name, MadeCertificate client, string? handshake, bool isServed)
    {
        foreach (var version in (string[])["-tls1_2", "-tls1_3"])
        {
            var session = Path.Combine(_folder.Path, name + version);
            var next = isServed ? session : session + ".refused";
            var before = Refused();
            var result = await ExternalProgram.RunAsync("openssl",
            [
                "s_client", "-connect", gateway.Forward().ToString(), version, "-cert", client.File, "-key", client.KeyFile,
                "-sess_out", next, "-ign_eof", .. File.Exists(session) ? (string[])["-sess_in", session] : [],
            ], input: "GET / HTTP/1.1\r\n\r\n");
            if (handshake is not null) Assert.Contains($"{handshake}, TLSv1", result.Output, StringComparison.Ordinal);
            Assert.True(isServed == result.Output.Contains("hello", StringComparison.Ordinal), $"{name} {version}: {result}\n{gateway.Log.Text}");
            if (!isServed) await Deadline.UntilAsync(() => Refused() == before + 1, () => gateway.Log.Text);
        }

        int Refused() => gateway.Log.Of("session.end").Count(end => end.GetProperty("end").GetString() == "bad-client-certificate");
    }

    // Where one authority has a list, every one needs one
    private void Trust(IEnumerable<Certificates> authorities, params MadeCertificate[] revoked)
    {
        _folder.Write("ca.pem", string.Join('\n', authorities.Select(authority => File.ReadAllText(authority.AuthorityFile))));
        _folder.Write("crl.pem", string.Join('\n', authorities.Select(authority => File.ReadAllText(authority.Revoked(authority == _ours ? revoked : [])))));
    }

    private static async Task AnswerAsync(RawConnection peer)
    {
        await peer.ReceiveSomeAsync(new byte[4096]);
        await peer.SendAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"u8.ToArray());
        peer.Finish();
        await peer.ReceiveToEndAsync();
    }
}
