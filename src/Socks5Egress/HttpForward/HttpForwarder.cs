using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Socks5Egress.Accounting;
using Socks5Egress.Grants;
using Socks5Egress.Negotiation;
using Socks5Egress.Negotiation.Http;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>How an HTTP connection ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Cut">It was reset: there is nothing more to say on it.</param>
/// <param name="Refusal">Says why, where Kestrel never saw the connection; else null.</param>
internal readonly record struct HttpEnd(EndReason End, bool Cut, IReplier? Refusal);

/// <summary>
/// Forwards HTTP requests in absolute-form: Kestrel reads them, <see cref="SocketsHttpHandler"/> sends them on. Nothing of either is made before the
/// first connection that asks for it.
/// </summary>
/// <param name="headTimeout">What a client has for each request head but the first, whose deadline is the session's; zero: no limit.</param>
internal sealed class HttpForwarder(TimeSpan headTimeout)
{
    /// <summary>How long a connection may wait for its next request.</summary>
    private static readonly TimeSpan BetweenRequests = TimeSpan.FromMinutes(2);

    private readonly Lock _gate = new();
    private Running? _running;
    private bool _draining;

    /// <summary>Serves one connection until it ends.</summary>
    /// <param name="stages">What every session is served by.</param>
    /// <param name="lease">What the connection was granted; each request has a grant of its own.</param>
    /// <param name="record">Learns of each request.</param>
    /// <param name="client">The client; its first bytes are still unread.</param>
    /// <param name="admit">Counts the connection as a session at its first whole request; the limit that refuses it otherwise.</param>
    /// <param name="stop">Ends it at once, with a reset.</param>
    public async Task<HttpEnd> ServeAsync(
        Stages stages, Lease lease, SessionRecord record, ILeg client, Func<EndReason> admit, CancellationToken stop)
    {
        var connection = new HandedConnection(client, record.Id, record.Traffic, stages.Time);
        await using var conversation = new Conversation(stages, lease, record, client, connection, admit, stop);
        connection.Features.Set(conversation);
        if (Start() is not { } running || !running.Listener.TryHand(connection)) return new HttpEnd(EndReason.Draining, false, HttpReplier.Instance);
        await using (stop.UnsafeRegister(static state => ((Conversation)state!).Stop(), conversation)) await connection.CarryAsync();
        return new HttpEnd(conversation.End(running.Complaints.Take(record.Id), _draining), connection.Cut, null);
    }

    /// <summary>Lets requests that are under way finish, closes what waits for one, and takes no more connections.</summary>
    public void Drain()
    {
        lock (_gate)
        {
            if (_draining) return;
            _draining = true;
            if (_running is { } running) Supervisor.OfProcess.Run("drain of HTTP", () => running.Server.StopAsync(CancellationToken.None));
        }
    }

    private Running? Start()
    {
        lock (_gate)
        {
            if (_draining) return null;
            return _running ??= Running.Begin(headTimeout);
        }
    }

    private sealed record Running(KestrelServer Server, HandedListener Listener, KestrelComplaints Complaints)
    {
        public static Running Begin(TimeSpan headTimeout)
        {
            // Each default that is switched off here breaks a proxy: it has no say in how long or how slow a body is
            var options = new KestrelServerOptions { AddServerHeader = false, AllowHostHeaderOverride = true, DisableStringReuse = true };
            options.RequestHeaderEncodingSelector = RawFieldEncoding.Select;
            options.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            options.Limits.MaxRequestBodySize = null;
            options.Limits.MinRequestBodyDataRate = null;
            options.Limits.MinResponseDataRate = null;
            options.Limits.MaxRequestLineSize = ConnectHead.MaxLineLength;
            options.Limits.MaxRequestHeadersTotalSize = ConnectHead.MaxLength;
            options.Limits.MaxRequestHeaderCount = ConnectHead.MaxFields;
            options.Limits.KeepAliveTimeout = BetweenRequests;
            options.Limits.RequestHeadersTimeout = headTimeout > TimeSpan.Zero ? headTimeout : Timeout.InfiniteTimeSpan;
            options.Listen(new IPEndPoint(IPAddress.Loopback, 0), static listen => listen.Protocols = HttpProtocols.Http1);
            var listener = new HandedListener();
            var complaints = new KestrelComplaints();
            var server = new KestrelServer(Options.Create(options), listener, complaints);
            // Binding to the channel completes at once, so that there is nothing to wait for
            Supervisor.OfProcess.Run("start of HTTP", () => server.StartAsync(new ForwardApplication(), CancellationToken.None));
            return new Running(server, listener, complaints);
        }
    }
}
