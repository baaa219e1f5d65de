using Socks5Egress.Gateway.Grants;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// The grant of one HTTP request. When it does not hold any more, the request is stopped where it is: while its name is looked up, while it is
/// dialed, or in the middle of its answer.
/// </summary>
internal sealed class GrantedRequest : IGranted, IDisposable
{
    // Never disposed, as it holds nothing: a walk that is under way may still cancel it
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenRegistration _aborted;

    /// <param name="connection">The lease of its connection.</param>
    /// <param name="grant">What is known of it.</param>
    /// <param name="judgedBy">The rules by which its login was checked.</param>
    /// <param name="aborted">The client has given it up.</param>
    public GrantedRequest(Lease connection, Grant grant, ConfigSnapshot judgedBy, CancellationToken aborted)
    {
        _aborted = aborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), _stop);
        Lease = connection.Branch(grant, this, judgedBy);
    }

    public Lease Lease { get; }

    /// <summary>The client has given it up, or it does not hold any more.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Revoke() => _stop.Cancel();

    public void Dispose()
    {
        Lease.Dispose();
        _aborted.Dispose();
    }
}
