using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Scale;

/// <summary>Clients that come at a steady rate whatever becomes of those before: each connects, gets four bytes back, and leaves.</summary>
internal sealed class SteadyConnects
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    private readonly ConcurrentBag<string> _failures = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Func<Task<RawConnection>> _open;
    private readonly Task _running;
    private int _served;

    private SteadyConnects(Func<Task<RawConnection>> open)
    {
        _open = open;
        _running = RunAsync();
    }

    /// <summary>How many got their bytes.</summary>
    public int Served => Volatile.Read(ref _served);

    /// <summary>Through a SOCKS5 endpoint.</summary>
    public static SteadyConnects ThroughSocks(IPEndPoint proxy, IPEndPoint target) => new(async () =>
    {
        var connection = await RawConnection.ConnectAsync(proxy);
        await connection.SendAsync((byte[])[.. Socks5.Greeting(0), .. Socks5.Connect(target)]);
        await connection.ReceiveAsync(2);
        var reply = await Socks5.ReadReplyAsync(connection);
        return reply.Code == ReplyCode.Succeeded ? connection : throw new IOException("reply " + reply.Code);
    });

    /// <summary>To a local port that leads to the target.</summary>
    public static SteadyConnects To(IPEndPoint local) => new(() => RawConnection.ConnectAsync(local));

    /// <summary>Ends it and waits for everybody.</summary>
    /// <returns>What failed, in words.</returns>
    public async Task<IReadOnlyCollection<string>> StopAsync()
    {
        await _end.CancelAsync();
        await _running;
        return _failures;
    }

    private async Task RunAsync()
    {
        List<Task> all = [];
        using var pace = new PeriodicTimer(Pause);
        try
        {
            while (await pace.WaitForNextTickAsync(_end.Token)) all.Add(Task.Run(OnceAsync));
        }
        catch (OperationCanceledException)
        {
            // Told to stop
        }
        await Task.WhenAll(all);
    }

    private async Task OnceAsync()
    {
        try
        {
            using var connection = await _open();
            await connection.SendAsync("ping"u8.ToArray());
            await connection.ReceiveAsync(4);
            Interlocked.Increment(ref _served);
        }
        catch (Exception exception)
        {
            _failures.Add(exception.GetType().Name + ": " + exception.Message);
        }
    }
}
