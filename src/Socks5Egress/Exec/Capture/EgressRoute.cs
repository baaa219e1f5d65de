using System.Net;
using System.Net.Sockets;
using Socks5Egress.Client;
using Socks5Egress.Exec.Names;
using Socks5Egress.Exec.SynVerdict;
using Socks5Egress.LocalForward;
using Socks5Egress.Protocol;

namespace Socks5Egress.Exec.Capture;

/// <summary>From an address that the command connects to, to a connection: through the gateway, or past it where a rule says so.</summary>
internal sealed class EgressRoute(Socks5Client client, SyntheticNames names, IReadOnlyList<DirectRule> direct, FailureNotes notes)
{
    /// <summary>How long a gateway may be away before the command hears of it: a restart takes less.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    /// <summary>What the command has asked for, in its own words.</summary>
    public Destination Target(IPEndPoint asked) => names.TryFind(asked.Address, out var name)
        ? Destination.Of(name, (ushort)asked.Port)
        : Destination.Of(AddressLiteral.Canonical(asked.Address), (ushort)asked.Port);

    /// <summary>Connects. Lets no exception out.</summary>
    public async Task<(SynMark Mark, Socket? Socket)> ConnectAsync(IPEndPoint asked, CancellationToken cancellation)
    {
        if (asked.Port == 0) return (SynMark.Refused, null);
        if (direct.Any(rule => rule.Covers(asked))) return await ConnectDirectlyAsync(asked, cancellation);
        var target = Target(asked);
        if (target.Name is null && SyntheticNames.IsSynthetic(asked.Address))
        {
            notes.Say(target.ToString(), "this address was given to a name that is forgotten by now, or to none; look the name up again");
            return (SynMark.HostUnreachable, null);
        }

        return await ConnectAsync(target, cancellation);
    }

    private async Task<(SynMark Mark, Socket? Socket)> ConnectAsync(Destination target, CancellationToken cancellation)
    {
        var time = client.Options.TimeProvider;
        var began = time.GetTimestamp();
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return (SynMark.Granted, await client.ConnectSocketAsync(target.Name ?? target.Address!.ToString(), target.Port, cancellation));
            }
            catch (Socks5Exception failure)
            {
                notes.Say(target.ToString(), failure);
                // What a gateway says of the target is the command's to hear at once
                var mayPass = failure is { IsGatewayFault: true, IsTransient: true, IsTimeout: false };
                if (!mayPass || time.GetElapsedTime(began) + pause > Patience) return (SynMarks.Of(failure), null);
            }
            catch (ArgumentException)
            {
                return (SynMark.HostUnreachable, null);
            }
            catch (OperationCanceledException)
            {
                return (SynMark.Silence, null);
            }

            await Task.Delay(pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(SynMark Mark, Socket? Socket)> ConnectDirectlyAsync(IPEndPoint target, CancellationToken cancellation)
    {
        var socket = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        deadline.CancelAfter(client.Options.ConnectTimeout);
        try
        {
            await socket.ConnectAsync(target, deadline.Token);
            return (SynMark.Granted, socket);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            return (e is SocketException fault ? OfSocket(fault.SocketErrorCode) : SynMark.Silence, null);
        }
    }

    private static SynMark OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => SynMark.Refused,
        SocketError.NetworkUnreachable or SocketError.NetworkDown => SynMark.NetworkUnreachable,
        SocketError.TimedOut => SynMark.Silence,
        SocketError.AccessDenied => SynMark.Prohibited,
        _ => SynMark.HostUnreachable,
    };
}
