namespace Socks5Egress.Client;

/// <summary>The time that one connection may take altogether, shared out among its stages.</summary>
/// <param name="limit">All of it.</param>
/// <param name="time">The clock.</param>
/// <param name="target">For the sentences.</param>
/// <param name="cancellation">The caller's.</param>
internal sealed class ConnectDeadline(TimeSpan limit, TimeProvider time, string target, CancellationToken cancellation)
{
    private readonly long _began = time.GetTimestamp();

    /// <summary>What is to be reached, <c>host:port</c>.</summary>
    public string Target => target;

    /// <summary>What is left.</summary>
    public TimeSpan Left => limit - time.GetElapsedTime(_began);

    /// <summary>Runs a stage within what is left of the whole time, and within its own limit where it has one.</summary>
    /// <exception cref="Socks5Exception">It took longer, or the work threw it.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<T> WithinAsync<T>(Socks5Stage stage, Socks5Proxy proxy, TimeSpan? own, Func<CancellationToken, Task<T>> work)
    {
        var left = Left;
        var (span, named) = own < left ? (own.Value, own.Value) : (left, limit);
        using var deadline = new CancellationTokenSource(span > TimeSpan.Zero ? span : TimeSpan.Zero, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellation, deadline.Token);
        try
        {
            return await work(linked.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new Socks5Errors(proxy, target).TooSlow(stage, named);
        }
        catch (OperationCanceledException e)
        {
            // The caller must find its own token in it, not the linked one
            throw new OperationCanceledException(e.Message, e, cancellation);
        }
    }

    /// <inheritdoc cref="WithinAsync{T}"/>
    public Task WithinAsync(Socks5Stage stage, Socks5Proxy proxy, TimeSpan? own, Func<CancellationToken, Task> work) =>
        WithinAsync(stage, proxy, own, async token =>
        {
            await work(token);
            return true;
        });
}
