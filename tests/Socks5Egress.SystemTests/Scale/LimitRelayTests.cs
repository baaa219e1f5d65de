using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Socks5Egress.Client;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>The relay in C that bench/compare measures the distance to: a limit counts only when no byte is lost.</summary>
public sealed class LimitRelayTests : IAsyncLifetime
{
    private const int Size = 32 << 20;
    private const int Short = 2000;

    private readonly TemporaryFolder _folder = new();
    private readonly TcpListener _target = new(IPAddress.Loopback, 0);
    private Process? _relay;
    private Socks5Client _client = null!;

    private int TargetPort => ((IPEndPoint)_target.LocalEndpoint).Port;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Tool.Exists("gcc"), "epoll, and a compiler");
        var program = Path.Combine(_folder.Path, "limit");
        string[] arguments = ["-O2", "-Wall", "-Wextra", "-Werror", "-pthread", "-o", program, RepositoryRoot.Of("bench", "compare", "limit.c")];
        await Tool.RunAsync("gcc", arguments, TestContext.Current.CancellationToken);
        var port = FreePort.Pick();
        _relay = Process.Start(program, [port.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        _client = new Socks5Client(new Socks5Proxy("127.0.0.1", port));
        _target.Start(backlog: 512);
        await ConnectAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _target.Dispose();
        if (_relay is not null)
        {
            _relay.Kill();
            await _relay.WaitForExitAsync();
            _relay.Dispose();
        }
        _folder.Dispose();
    }

    [Fact]
    public async Task Both_ways_arrive_whole_and_a_half_close_leaves_the_other_way_open()
    {
        using var deadline = Deadline.Token();
        var (up, down) = (RandomNumberGenerator.GetBytes(Size), RandomNumberGenerator.GetBytes(Size));
        using var client = await _client.ConnectSocketAsync("127.0.0.1", TargetPort, deadline.Token);
        using var target = await _target.AcceptSocketAsync(deadline.Token);

        var sending = SendAsync(client, up, deadline.Token);
        Assert.Equal(SHA256.HashData(up), await ReadAsync(target, deadline.Token));
        await sending;
        // Only now, after the client's FIN
        sending = SendAsync(target, down, deadline.Token);
        Assert.Equal(SHA256.HashData(down), await ReadAsync(client, deadline.Token));
        await sending;
    }

    [Fact]
    public async Task Thousands_of_short_connections_leave_no_descriptor()
    {
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(2));
        var before = ProcessState.Descriptors(_relay!.Id);
        var echoing = EchoAsync(Short, deadline.Token);
        await Parallel.ForAsync(0, Short, new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = deadline.Token }, async (number, token) =>
        {
            using var socket = await _client.ConnectSocketAsync("127.0.0.1", TargetPort, token);
            var (sent, received) = (BitConverter.GetBytes(number), new byte[sizeof(int)]);
            await socket.SendAsync(sent, token);
            for (var got = 0; got < received.Length;) got += await socket.ReceiveAsync(received.AsMemory(got), token);
            Assert.Equal(sent, received);
        });
        await echoing;
        while (ProcessState.Descriptors(_relay.Id) > before) await Task.Delay(10, deadline.Token);
    }

    private async Task ConnectAsync()
    {
        using var deadline = Deadline.Token();
        while (true)
        {
            try
            {
                using var socket = await _client.ConnectSocketAsync("127.0.0.1", TargetPort, deadline.Token);
                using var accepted = await _target.AcceptSocketAsync(deadline.Token);
                return;
            }
            catch (Socks5Exception failure) when (failure.Stage == Socks5Stage.Connect)
            {
                await Task.Delay(10, deadline.Token);
            }
        }
    }

    private async Task EchoAsync(int count, CancellationToken cancellation)
    {
        var all = new List<Task>();
        for (; count > 0; count--) all.Add(EchoAsync(await _target.AcceptSocketAsync(cancellation), cancellation));
        await Task.WhenAll(all);
    }

    private static async Task EchoAsync(Socket socket, CancellationToken cancellation)
    {
        using (socket)
        {
            var buffer = new byte[64];
            while (await socket.ReceiveAsync(buffer, cancellation) is var read and > 0) await socket.SendAsync(buffer.AsMemory(0, read), cancellation);
        }
    }

    private static async Task SendAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancellation)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, cancellation)..];
        socket.Shutdown(SocketShutdown.Send);
    }

    private static async Task<byte[]> ReadAsync(Socket socket, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        while (await socket.ReceiveAsync(buffer, cancellation) is var read and > 0) hash.AppendData(buffer, 0, read);
        return hash.GetHashAndReset();
    }
}
