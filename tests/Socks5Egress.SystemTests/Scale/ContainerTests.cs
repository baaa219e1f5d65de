using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>A small container: 256 MB of memory and a quarter of a core.</summary>
public sealed class ContainerTests
{
    private const long Memory = 256L << 20;

    [Theory, MemberData(nameof(TransportKind.All), MemberType = typeof(TransportKind))]
    public async Task In_256_MB_and_a_quarter_of_a_core_it_stays_up_and_refuses_before_it_dies(string transport)
    {
        using var group = ControlGroup.TryMake(Memory, cores: 0.25);
        Assert.SkipWhen(group is null, "This machine lets nobody make a control group with limits");
        await using var target = RawTarget.Start();
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = transport, Options = GatewayProcess.OpenLoopback, Through = group!.Through,
        });

        // Clients that send and targets that never read: each session holds as much as a session may
        List<RawConnection> open = [];
        List<Task> sending = [];
        var refused = 0;
        var payload = new byte[1 << 20];
        for (var i = 0; i < LongRun.Or(3000, 600); i++)
        {
            var (connection, reply) = await RawClient.RequestAsync(gateway, Socks5.Connect(target.EndPoint));
            open.Add(connection);
            if (reply.Code != ReplyCode.Succeeded) refused++;
            else sending.Add(SendAsync(connection, payload));
        }
        Assert.True(refused < open.Count, "Nothing was served");
        Assert.True(gateway.ResidentBytes < Memory, $"{gateway.ResidentBytes >> 20} MiB resident");
        foreach (var connection in open) connection.Reset();
        await Task.WhenAll(sending);

        await using var echo = RawTarget.Start(RawTarget.EchoAsync);
        await Deadline.UntilAsync(async () => await AdminPage.SessionsAsync(gateway) == 0, () => "Sessions are left");
        using (var good = await RawClient.OpenAsync(gateway, echo.EndPoint))
        {
            await good.SendAsync("ping"u8.ToArray());
            Assert.Equal("ping"u8.ToArray(), await good.ReceiveAsync(4));
        }
        Assert.Equal(0, await gateway.StopAsync());
    }

    private static async Task SendAsync(RawConnection connection, byte[] payload)
    {
        try
        {
            await connection.Socket.SendAsync(payload);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // Reset by the test
        }
    }
}
