using System.Collections.Concurrent;
using NBomber.Contracts;
using Socks5Egress.LoadTests.Setup;

namespace Socks5Egress.LoadTests.Scenarios;

/// <summary>Connections that iterations borrow: a runner need not say which copy an iteration belongs to.</summary>
internal sealed class EchoPool(Surroundings around)
{
    private const int AtOnce = 32;

    private readonly ConcurrentBag<EchoConnection> _free = [];

    /// <summary>Opens so many, some at a time.</summary>
    public Task OpenAsync(int count, CancellationToken cancellation) => Parallel.ForAsync(0, count,
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation },
        async (_, token) => _free.Add(await EchoConnection.OpenAsync(around, token)));

    /// <summary>One echo on a connection that is free. One that failed is closed, and the next iteration opens another.</summary>
    public async Task<IResponse> EchoAsync(CancellationToken cancellation)
    {
        if (!_free.TryTake(out var connection)) connection = await EchoConnection.OpenAsync(around, cancellation);
        IResponse? response = null;
        try
        {
            return response = await connection.EchoAsync(cancellation);
        }
        finally
        {
            if (response is { IsError: false }) _free.Add(connection);
            else connection.Dispose();
        }
    }

    public void Close()
    {
        while (_free.TryTake(out var connection)) connection.Dispose();
    }
}
