using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Conformance;

/// <summary>RFC 1929 on the wire, with stored forms made by <c>hash-password</c>.</summary>
public sealed class UserPasswordTests : IDisposable
{
    private const string Password = "correct horse";
    private const string Token = "pAGWc8Ca6YDgI4nrzcbFMVMBJ7FIT0rD";
    private static readonly string LongName = new('n', 255);
    private static readonly string LongPassword = new('p', 255);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_right_password_opens_and_nothing_else_does(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        foreach (var (name, password) in new[] { ("app", Password), ("robot", Token), (LongName, LongPassword) })
        {
            using var client = await LoginAsync(gateway, Socks5.Login(name, password));
            Assert.Equal([1, 0], await client.ReceiveAsync(2));
            await client.SendAsync(Socks5.Connect(target.EndPoint));
            Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
            client.Finish();
            await client.AssertRestAsync([], Ending.Fin);
            var end = await gateway.Log.SessionEndAsync(client.Local);
            Assert.Equal(name, end.GetProperty("user").GetString());
        }
        (string, string)[] wrong =
        [
            ("app", "correct hors"), ("app", Password + " "), ("app", Password + "\0"), ("app", Password + "\n"), ("app", ""), ("", Password), ("", ""),
            ("App", Password), ("app\0", Password), ("nobody", Password), ("robot", Password), (LongName, LongPassword[1..]),
        ];
        foreach (var (name, password) in wrong)
        {
            using var client = await LoginAsync(gateway, Socks5.Login(name, password));
            await client.AssertRestAsync([1, 1], Ending.Fin);
        }
        Assert.DoesNotContain(Password, gateway.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(Token, gateway.Log.Text, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task Method_02_is_chosen_wherever_it_stands_and_FF_where_it_is_missing(string transport)
    {
        await using var gateway = await StartAsync(transport);
        foreach (byte[] methods in new byte[][] { [2], [0, 2], [2, 0], [0, 1, 2] })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(Socks5.Greeting(methods));
            Assert.Equal([5, 2], await client.ReceiveAsync(2));
        }
        foreach (byte[] methods in new byte[][] { [0], [1], [0, 1] })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            await client.SendAsync(Socks5.Greeting(methods));
            await client.AssertRestAsync([5, 0xFF], Ending.Fin);
        }
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task A_request_without_a_login_is_not_served(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start();
        using var client = await LoginAsync(gateway, Socks5.Connect(target.EndPoint));
        var (bytes, _) = await client.ReceiveToEndAsync();
        Assert.True(bytes is [] or [1, 1], Convert.ToHexString(bytes));
        Assert.Equal(0, target.Accepted);
    }

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task The_login_may_come_one_byte_at_a_time_or_all_at_once_with_the_payload(string transport)
    {
        await using var gateway = await StartAsync(transport);
        await using var target = RawTarget.Start(RawTarget.EchoAsync);
        byte[] all =
        [
            .. Socks5.Greeting(Socks5.UserPassword), .. Socks5.Login("app", Password), .. Socks5.Connect(target.EndPoint), .. "payload"u8,
        ];
        foreach (var apart in new[] { true, false })
        {
            using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
            if (apart) await client.SendApartAsync(all);
            else await client.SendAsync(all);
            Assert.Equal([5, 2, 1, 0], await client.ReceiveAsync(4));
            Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
            Assert.Equal("payload"u8.ToArray(), await client.ReceiveAsync(7));
        }
    }

    private async Task<GatewayProcess> StartAsync(string transport)
    {
        var users = $"app:{await StoredUsers.HashAsync(Password)}\nrobot:{await StoredUsers.HashAsync(Token, token: true)}\n"
            + $"{LongName}:{await StoredUsers.HashAsync(LongPassword)}\n";
        return await GatewayProcess.StartAsync(transport, "--users", _folder.WriteSecret("users", users));
    }

    private static async Task<RawConnection> LoginAsync(GatewayProcess gateway, byte[] login)
    {
        var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Socks5.Greeting(Socks5.UserPassword));
        Assert.Equal([5, 2], await client.ReceiveAsync(2));
        await client.SendAsync(login);
        return client;
    }
}
