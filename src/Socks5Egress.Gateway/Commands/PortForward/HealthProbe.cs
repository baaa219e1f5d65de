using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.PortForward;

/// <summary>Reaches a target as a client's session would: judged, resolved, from the right address.</summary>
internal delegate ValueTask<DialResult> ReachForCheck(Destination target, CancellationToken cancellation);

/// <summary>Asks a target whether it serves.</summary>
internal static class HealthProbe
{
    /// <summary>What a server answers that is not the one expected.</summary>
    public const string NoPostgres = "no-postgres";

    // Length 8, request code 80877103 (PostgreSQL manual, 55.7, SSLRequest)
    private static ReadOnlySpan<byte> SslRequest => [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    /// <summary>One check.</summary>
    /// <returns>Null when the target serves; else why not: an end reason in kebab case, or <see cref="NoPostgres"/>.</returns>
    public static async ValueTask<string?> RunAsync(
        Destination target, ForwardOptions options, ReachForCheck reach, TimeProvider time, CancellationToken stop)
    {
        using var enough = new CancellationTokenSource(options.CheckTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, enough.Token);
        try
        {
            var dialled = await reach(target, either.Token);
            if (dialled.Leg is not { } leg) return (enough.IsCancellationRequested ? EndReason.ConnectTimeout : dialled.End).ToKebab();
            using (dialled.Place)
            await using (leg)
            {
                return await ProxyProtocolSender.SendAsync(leg, options.SendProxy, null, either.Token)
                    ? options.Check == TargetCheckKind.Postgres ? await AskPostgresAsync(leg, either.Token) : null
                    : EndReason.TargetReset.ToKebab();
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            // What was given up here was given up because the time was over
            return (fault == LegFault.Aborted ? EndReason.TargetTimedOut : fault.OfTarget()).ToKebab();
        }
    }

    /// <summary>S: over TLS, N: without. E, an error, is what a server says that will not have us.</summary>
    private static async ValueTask<string?> AskPostgresAsync(ILeg leg, CancellationToken cancellation)
    {
        var request = SslRequest;
        request.CopyTo(leg.Output.GetSpan(request.Length));
        leg.Output.Advance(request.Length);
        await leg.Output.FlushAsync(cancellation);
        var read = await leg.Input.ReadAsync(cancellation);
        if (read.Buffer.IsEmpty) return EndReason.TargetFin.ToKebab();
        var answer = read.Buffer.FirstSpan[0];
        leg.Input.AdvanceTo(read.Buffer.End);
        return answer is (byte)'S' or (byte)'N' ? null : NoPostgres;
    }
}
