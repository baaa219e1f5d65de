using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol.Dns;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>The gateway's own DNS client: asks servers from its own thread, over sockets that never block.</summary>
/// <param name="loop">The thread.</param>
/// <param name="mayHave">Whether a socket may have this descriptor.</param>
internal sealed class DnsLookups(DnsLoop loop, Func<nint, bool> mayHave) : ILookupSource
{
    private DnsServers _servers = new([], loop.Timers);
    private volatile ResolvConf _asked = ResolvConf.Absent;

    /// <summary>Whom to ask from now on. Any thread.</summary>
    public ResolvConf Asked
    {
        set => _asked = value;
    }

    public Func<bool> Begin(LookupKey key, Action<ResolveResult> done)
    {
        DnsExchange? exchange = null;
        var cancelled = false;
        loop.Post(() =>
        {
            if (cancelled) return;
            try
            {
                exchange = Start(key, done);
            }
            catch
            {
                // The loop reports it
                done(DnsAnswers.Failure);
                throw;
            }
        });
        return () =>
        {
            loop.Post(() =>
            {
                cancelled = true;
                exchange?.Close();
            });
            return true;
        };
    }

    private DnsExchange? Start(LookupKey key, Action<ResolveResult> done)
    {
        var asked = _asked;
        if (!_servers.All.SequenceEqual(asked.Servers)) _servers = new DnsServers(asked.Servers, loop.Timers);
        if (DnsQuery.Of(key.Name, key.Family == AddressFamily.InterNetwork ? DnsType.A : DnsType.Aaaa) is not { } query)
        {
            done(new ResolveResult([], TimeSpan.Zero, EndReason.NameNotResolved));
            return null;
        }
        var exchange = new DnsExchange(query, _servers, asked.UsesTcp, Open, loop.Timers, done);
        exchange.Start();
        return exchange;
    }

    private IDnsChannel? Open(IPEndPoint server, bool overTcp, IDnsReceiver receiver) => overTcp
        ? TcpChannel.Open(loop, server, mayHave, receiver)
        : UdpChannel.Open(loop, server, mayHave, receiver);
}
