using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>RFC 1928 section 3: the first bytes of a connection, in any segmentation, and what is no greeting.</summary>
public sealed class GreetingTests(Gateways gateways)
{
    /// <summary>The contract's handshake deadline is 10 s; a close that takes longer is none.</summary>
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(12);

    public static MatrixTheoryData<string, string> NoGreetings => new(
        [
            "TLS ClientHello",
            "HTTP/2 preface",
            "SSH banner",
            "version 6",
            "version 0",
            "SOCKS5 without methods",
            "PostgreSQL SSLRequest",
        ],
        TransportKind.All.Select(row => row.Data));

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Every_message_one_byte_at_a_time_is_understood(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendApartAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
        await client.SendApartAsync(Socks5.Connect(target.EndPoint));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        await client.SendAsync("through"u8.ToArray());
        Assert.Equal("through"u8.ToArray(), await client.ReceiveAsync(7));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Greeting_and_request_and_payload_in_one_segment_are_understood(string transport)
    {
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target.EndPoint), .. "payload"u8]);
        Assert.Equal([5, 0], await client.ReceiveAsync(2));
        Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
        Assert.Equal("payload"u8.ToArray(), await client.ReceiveAsync(7));
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Method_00_is_chosen_among_others_when_there_are_no_users(string transport)
    {
        foreach (byte[] methods in new byte[][] { [0, 1], [0, 1, 2], [2, 1, 0], [0x80, 0] })
        {
            using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
            await client.SendAsync(Socks5.Greeting(methods));
            Assert.Equal([5, 0], await client.ReceiveAsync(2));
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Methods_that_are_not_served_get_FF_and_a_close(string transport)
    {
        foreach (byte[] methods in new byte[][] { [1], [3, 0x80, 0xFE], [0xFF] })
        {
            using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
            await client.SendAsync(Socks5.Greeting(methods));
            var (bytes, ending) = await client.ReceiveToEndAsync(CloseLimit);
            Assert.Equal([5, 0xFF], bytes);
            Assert.Equal(Ending.Fin, ending);
        }
    }

    [Theory, MemberData(nameof(NoGreetings))]
    public async Task What_is_no_greeting_gets_no_SOCKS_reply_and_is_closed(string what, string transport)
    {
        using var client = await RawConnection.ConnectAsync((await gateways.SharedAsync(transport)).EndPoint);
        await client.SendAsync(First(what));
        var (bytes, _) = await client.ReceiveToEndAsync(CloseLimit);
        // HTTP is served on the same port: its 400 is an answer to what looks like a request line
        if (bytes.Length > 0 && bytes is not [5, 0xFF]) Assert.StartsWith("HTTP/1.1 4", Encoding.Latin1.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Whatever_comes_first_nothing_is_left_behind(string transport)
    {
        await using var gateway = await GatewayProcess.StartAsync(transport, "--handshake-timeout", "1s");
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        (await RawClient.OpenAsync(gateway, target.EndPoint)).Dispose();
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 1, () => gateway.Log.Text);
        var before = gateway.Descriptors;
        for (var round = 0; round < 5; round++)
        {
            foreach (var what in NoGreetings.Select(row => row.Data.Item1).Distinct())
            {
                using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
                await client.SendAsync(First(what));
                await client.ReceiveToEndAsync(CloseLimit);
            }
        }
        await Deadline.UntilAsync(() => gateway.Descriptors <= before + 2, () => $"{gateway.Descriptors} descriptors, {before} before");
        Assert.Equal(0, await AdminPage.SessionsAsync(gateway));
    }

    private static byte[] First(string what) => what switch
    {
        // The head of a TLS 1.3 ClientHello for example.com; the length promises more than comes
        "TLS ClientHello" => [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3, .. Pattern.Bytes(64)],
        "HTTP/2 preface" => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(),
        "SSH banner" => "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"u8.ToArray(),
        "version 6" => [6, 1, 0],
        "version 0" => [0, 1, 0],
        "SOCKS5 without methods" => [5, 0],
        "PostgreSQL SSLRequest" => [0, 0, 0, 8, 4, 0xD2, 0x16, 0x2F],
        _ => throw new ArgumentOutOfRangeException(nameof(what), what, "no such beginning"),
    };
}
