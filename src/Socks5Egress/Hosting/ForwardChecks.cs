using Socks5Egress.Gateway.Commands;
using Socks5Egress.Supervision;

namespace Socks5Egress.Hosting;

/// <summary>The checks of all forwards, from start to disposal.</summary>
internal sealed class ForwardChecks(IEnumerable<BoundForward> openings, SessionServices stages) : IAsyncDisposable
{
    private readonly BackgroundLoop[] _loops = [.. openings.SelectMany(opening => opening.Forward.StartChecks(stages))];

    public async ValueTask DisposeAsync() => await Task.WhenAll(_loops.Select(loop => loop.DisposeAsync().AsTask()));
}
