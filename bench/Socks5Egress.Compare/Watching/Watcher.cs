namespace Socks5Egress.Compare.Watching;

/// <summary>Somebody who watches a gateway: the status page open, that is, its event stream read, and a scrape every second.</summary>
internal sealed class Watcher : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpClient _http;
    private readonly Task _watching;
    private long _pageBytes;
    private int _scrapes;

    /// <param name="admin">The port of the gateway's admin address.</param>
    public Watcher(int admin)
    {
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{admin}"), Timeout = Timeout.InfiniteTimeSpan };
        _watching = Task.WhenAll(Task.Run(ReadPageAsync), Task.Run(ScrapeAsync));
    }

    /// <summary>What it has got: a watcher that got nothing has measured nothing.</summary>
    public (long PageBytes, int Scrapes) Seen => (Interlocked.Read(ref _pageBytes), Volatile.Read(ref _scrapes));

    public void Dispose()
    {
        _stop.Cancel();
        // Its faults show in what it has not seen
        _watching.ContinueWith(static _ => { }, TaskScheduler.Default).Wait();
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ReadPageAsync()
    {
        await using Stream events = await _http.GetStreamAsync(new Uri("/events", UriKind.Relative), _stop.Token);
        byte[] buffer = new byte[64 << 10];
        while (await events.ReadAsync(buffer, _stop.Token) is var read and > 0) Interlocked.Add(ref _pageBytes, read);
    }

    private async Task ScrapeAsync()
    {
        using PeriodicTimer timer = new(Beat);
        do
        {
            byte[] text = await _http.GetByteArrayAsync(new Uri("/metrics", UriKind.Relative), _stop.Token);
            if (text.Length > 0) Interlocked.Increment(ref _scrapes);
        }
        while (await timer.WaitForNextTickAsync(_stop.Token));
    }
}
