namespace Socks5Egress.Hosting;

/// <summary>The checks of all forwards, from start to disposal.</summary>
internal sealed class ForwardChecks : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;

    public ForwardChecks(IEnumerable<ForwardOpening> openings, Stages stages) =>
        _running = Task.WhenAll(openings.Select(opening => opening.Forward.CheckAsync(stages, _stop.Token)));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _stop.Dispose();
    }
}
