using System.Diagnostics;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>
/// Bounds on waiting. They are there to end a test that hangs, not to measure: each is far above what a busy
/// two-core machine needs.
/// </summary>
internal static class Deadline
{
    /// <summary>For one step that is over at once when all is well.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A token that ends with the test or after <paramref name="limit"/> (default <see cref="Step"/>).</summary>
    public static CancellationTokenSource Token(TimeSpan? limit = null)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        source.CancelAfter(limit ?? Step);
        return source;
    }

    /// <summary>Asks again until it is so.</summary>
    /// <exception cref="TimeoutException">It was not so within <paramref name="limit"/>.</exception>
    public static async Task UntilAsync(Func<bool> condition, Func<string> failure, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (watch.Elapsed > (limit ?? Step)) throw new TimeoutException(failure());
            await Task.Delay(PollInterval, TestContext.Current.CancellationToken);
        }
    }

    /// <inheritdoc cref="UntilAsync(Func{bool}, Func{string}, TimeSpan?)"/>
    public static async Task UntilAsync(Func<Task<bool>> condition, Func<string> failure, TimeSpan? limit = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            if (watch.Elapsed > (limit ?? Step)) throw new TimeoutException(failure());
            await Task.Delay(PollInterval, TestContext.Current.CancellationToken);
        }
    }
}
