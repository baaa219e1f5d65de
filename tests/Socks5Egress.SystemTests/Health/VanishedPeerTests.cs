using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Transport;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.SystemTests.Health;

/// <summary>A peer whose cable is pulled while bytes are on their way to it, and one that lives and does not read.</summary>
public sealed class VanishedPeerTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(2);

    public static TheoryData<string> Transport => ["sockets", "epoll"];

    [Theory, MemberData(nameof(Transport))]
    public async Task It_is_found_by_what_it_does_not_acknowledge_and_one_that_does_not_read_is_left_alone(string name)
    {
        using var here = await NetworkNamespace.CreateAsync();
        using var there = await NetworkNamespace.CreateAsync();
        await NetworkNamespace.JoinAsync(here, there);
        using var listener = there.Inside(() => Listen(IPAddress.Parse("192.0.2.2")));
        await using var transport = Transports.Create(name);
        var connecting = here.Inside(() => transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, null, Wire.Test).AsTask());
        await using var leg = (await connecting).Leg!;
        using var peer = await listener.AcceptAsync(Wire.Test);

        // It takes what its window holds, then only answers probes
        var writing = leg.Output.WriteAsync(new byte[16 << 20], Wire.Test).AsTask();
        Assert.False(await VanishesAsync(leg, TimeSpan.FromSeconds(4)));
        Assert.False(writing.IsCompleted);

        await there.UnplugAsync();
        Assert.True(await VanishesAsync(leg, TimeSpan.FromSeconds(30)));
        leg.Abort();
        await Task.WhenAny(writing);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_request_that_goes_nowhere_is_found(string name)
    {
        using var here = await NetworkNamespace.CreateAsync();
        using var there = await NetworkNamespace.CreateAsync();
        await NetworkNamespace.JoinAsync(here, there);
        using var listener = there.Inside(() => Listen(IPAddress.Parse("192.0.2.2")));
        await using var transport = Transports.Create(name);
        var connecting = here.Inside(() => transport.ConnectAsync((IPEndPoint)listener.LocalEndPoint!, null, null, Wire.Test).AsTask());
        await using var leg = (await connecting).Leg!;
        using var peer = await listener.AcceptAsync(Wire.Test);
        await leg.Output.WriteAsync("read"u8.ToArray(), Wire.Test);
        Assert.False(await VanishesAsync(leg, TimeSpan.FromSeconds(3)));
        await there.UnplugAsync();
        await leg.Output.WriteAsync("lost"u8.ToArray(), Wire.Test);
        Assert.True(await VanishesAsync(leg, TimeSpan.FromSeconds(30)));
    }

    /// <summary>Through the gateway, with its own limit: about two minutes.</summary>
    [Theory, MemberData(nameof(Transport))]
    public async Task A_session_whose_target_or_client_vanishes_ends_within_about_two_minutes(string name)
    {
        Assert.SkipUnless(LongRun.Wanted, "Two minutes; tests/run --long");
        using var here = await NetworkNamespace.CreateAsync();
        using var there = await NetworkNamespace.CreateAsync();
        await NetworkNamespace.JoinAsync(here, there);
        await using var gateway = await GatewayProcess.StartAsync(new GatewayStart
        {
            Transport = name,
            Options = ["--allow", "192.0.2.2", "--allow", "127.0.0.1", "--listen", "192.0.2.1:1080", "--no-auth", "--admin", "off"],
            Through = here.Through,
        });
        using var far = there.Inside(() => Listen(IPAddress.Parse("192.0.2.2")));
        using var near = here.Inside(() => Listen(IPAddress.Loopback));
        using var nearClient = await OpenAsync(here, (IPEndPoint)far.LocalEndPoint!);
        using var farTarget = await far.AcceptAsync(Wire.Test);
        using var farClient = await OpenAsync(there, (IPEndPoint)near.LocalEndPoint!);
        using var nearTarget = await near.AcceptAsync(Wire.Test);
        using var web = await here.Inside(() => RawConnection.ConnectAsync(gateway.EndPoint));
        await web.SendAsync(Encoding.ASCII.GetBytes($"POST http://{far.LocalEndPoint}/ HTTP/1.1\r\nHost: {far.LocalEndPoint}\r\nConnection: close\r\nContent-Length: 8\r\n\r\nhalf"));
        using var origin = await far.AcceptAsync(Wire.Test);
        for (var got = ""; !got.EndsWith("half", StringComparison.Ordinal);)
        {
            var piece = new byte[1024];
            got += Encoding.ASCII.GetString(piece, 0, await origin.ReceiveAsync(piece, Wire.Test));
        }

        await there.UnplugAsync();
        var watch = Stopwatch.StartNew();
        await nearClient.SendAsync("lost"u8.ToArray());
        await nearTarget.SendAsync("lost"u8.ToArray());
        await web.SendAsync("lost"u8.ToArray());
        var answer = web.ReceiveToEndAsync();
        var limit = TimeSpan.FromSeconds(150);
        await Deadline.UntilAsync(() => gateway.Log.Of("session.end").Count == 3, () => gateway.Log.Text, limit);
        TestContext.Current.TestOutputHelper!.WriteLine($"Found after {watch.Elapsed.TotalSeconds:f0} s");
        Assert.Equal(
            ["client-timed-out", "target-timed-out", "target-timed-out"],
            gateway.Log.Of("session.end").Select(entry => entry.GetProperty("end").GetString()).Order());
        // Nothing of an answer has come, so that there is one to give
        Assert.StartsWith("HTTP/1.1 504", Encoding.ASCII.GetString((await answer).Bytes), StringComparison.Ordinal);

        async Task<RawConnection> OpenAsync(NetworkNamespace from, IPEndPoint target)
        {
            var client = await from.Inside(() => RawConnection.ConnectAsync(gateway.EndPoint));
            await client.SendAsync((byte[])[.. Socks5.Greeting(Socks5.NoAuthentication), .. Socks5.Connect(target)]);
            await client.ReceiveAsync(2);
            Assert.Equal(ReplyCode.Succeeded, (await Socks5.ReadReplyAsync(client)).Code);
            return client;
        }
    }

    private static Socket Listen(IPAddress address)
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(address, 0));
        listener.Listen();
        return listener;
    }

    private static async Task<bool> VanishesAsync(ILeg leg, TimeSpan within)
    {
        var vanished = new TaskCompletionSource();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < within && !vanished.Task.IsCompleted)
        {
            leg.CheckPeer(Limit, static state => ((TaskCompletionSource)state).TrySetResult(), vanished);
            await Task.Delay(100, Wire.Test);
        }
        return vanished.Task.IsCompleted;
    }
}
