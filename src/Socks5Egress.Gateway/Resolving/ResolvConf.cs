using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// <c>/etc/resolv.conf</c> (resolv.conf(5)), as far as it means something here: search lists do not, as names are absolute, nor the
/// timing, which is <see cref="DnsExchange"/>'s.
/// </summary>
internal sealed record ResolvConf
{
    private const int DnsPort = 53;

    /// <summary>The C libraries read no more.</summary>
    private const int MaxServers = 3;

    /// <summary>What holds without the file, or without a server in it: a name server on this machine.</summary>
    public static ResolvConf Absent { get; } = new();

    public ImmutableArray<IPEndPoint> Servers { get; init; } = [new(IPAddress.Loopback, DnsPort)];

    /// <summary>A server is written in a way that only the system understands, such as a link-local address with its interface.</summary>
    public bool IsForeign { get; init; }

    /// <summary><c>options use-vc</c>: over TCP from the first.</summary>
    public bool UsesTcp { get; init; }

    /// <summary><c>options no-aaaa</c>.</summary>
    public bool LeavesOutIPv6 { get; init; }

    /// <summary>All servers are the stub of systemd-resolved, which answers as its NSS module does.</summary>
    public bool IsResolvedStub => Servers.All(server => server.Address.ToString() is "127.0.0.53" or "127.0.0.54");

    public static ResolvConf Parse(string text)
    {
        var servers = new List<IPEndPoint>();
        var options = new HashSet<string>(StringComparer.Ordinal);
        var (listed, foreign) = (0, false);
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words is ["options", ..]) options.UnionWith(words.Skip(1));
            if (words is not ["nameserver", var address, ..] || listed++ >= MaxServers) continue;
            if (AddressLiteral.TryParse(address, out var server)) servers.Add(new IPEndPoint(server, DnsPort));
            else foreign = true;
        }
        var parsed = Absent with { IsForeign = foreign, UsesTcp = options.Contains("use-vc"), LeavesOutIPv6 = options.Contains("no-aaaa") };
        return servers.Count == 0 ? parsed : parsed with { Servers = [.. servers] };
    }
}
