using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

// How a request is refused, and how the connection is cut or given up.
internal sealed partial class HttpProxyConnection
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>A request with a body closes: where the body ends is only known to whoever reads it.</summary>
    private ValueTask<bool> RefuseAsync(HttpRefusal refusal, RequestMessage request)
    {
        _last = refusal.End;
        return RefuseAsync(refusal, request.IsHead, refusal.Closes || IsLeaving || _context.IsEnding || request.Head.Closes || !request.Head.Body.IsEmpty);
    }

    private async ValueTask<bool> RefuseAsync(HttpRefusal refusal, bool toHead, bool closes)
    {
        var length = refusal.Write(_client.Output, toHead, closes);
        _record.Traffic.HeardDown(length);
        // No phase ends a session that is ending already
        using var patience = _context.IsEnding ? new CancellationTokenSource(Patience, _stages.Time) : null;
        await _client.Output.FlushAsync(patience?.Token ?? default);
        _record.Traffic.Down(length, _stages.Time.GetTimestamp());
        return !closes;
    }

    // RST to the client: a FIN would make a part of an answer look whole
    private bool Cut(EndReason reason)
    {
        _last = reason;
        _cut = true;
        _client.Abort();
        return false;
    }

    private void Abort()
    {
        switch (_phases.Phase)
        {
            // A client that has not said what it wants is closed in order
            case HttpPhase.Idle or HttpPhase.Head:
                _cut = true;
                Interrupt(EndReason.Stopped);
                break;
            // A request of a connection that the rules forbid by now is still told so
            case HttpPhase.Authorizing or HttpPhase.Dialing when _lease.IsRevoked:
            case HttpPhase.Exchanging when _lease.IsRevoked && _exchange is not { HasBegun: true }:
                break;
            // It asked in time, and the hash of its password did not come in time: it is told so
            case HttpPhase.Authorizing when _authorization.IsLoggingIn && _context.Ending == EndReason.CredentialsBusy:
                break;
            default:
                _cut = true;
                _client.Abort();
                _origin?.Abort();
                break;
        }
    }

    private void Interrupt(EndReason reason)
    {
        Interlocked.CompareExchange(ref _interrupt, (int)reason, (int)EndReason.None);
        // What waits for input goes on at once, and not on the thread of the timers
        _client.Elsewhere.Schedule(static s => ((ClientInput)s!).Interrupt(), _input);
    }
}
