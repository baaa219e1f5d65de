using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Exec;

/// <summary>On the host's only way out nothing is sent, whatever the command tries.</summary>
public sealed class NothingLeavesTests
{
    private const string Tries = """
        import os, socket
        for address in ('8.8.8.8', '192.0.2.1', '10.1.2.3', '255.255.255.255', '224.0.0.1'):
            for port in (53, 123, 443, 5353):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
                try: s.sendto(b'x', (address, port))
                except OSError: pass
        for kind in (socket.IPPROTO_ICMP, socket.IPPROTO_RAW):
            try: socket.socket(socket.AF_INET, socket.SOCK_RAW, kind).sendto(b'\x08\x00\xf7\xff\x00\x00\x00\x00', ('8.8.8.8', 0))
            except OSError: pass
        for name in ('a.example.com', '02.test', 'b.local', 'printer'):
            try: socket.create_connection((name, 80), 10).close()
            except OSError: pass
        print('tried')
        """;

    [Fact]
    public async Task No_packet_and_no_question_but_to_the_gateway()
    {
        // The way out is a cable whose other end is silent; a name server would be asked over it
        using var space = await NetworkNamespace.CreateAsync(
            "ip link add out type veth peer name in; for i in out in; do echo 1 >/proc/sys/net/ipv6/conf/$i/disable_ipv6; done; ip link set in up; ip address add 10.9.9.1/24 dev out; ip link set out up; ip route add default via 10.9.9.2 dev out");
        using var gateway = space.Inside(() => new ReplyGateway());
        foreach (var user in ExecProgram.Users)
        {
            var before = await SentAsync(space);
            var words = ExecProgram.Words(user, gateway.Via, [], [ExecProgram.Python, "-c", Tries]);
            var result = await ExternalProgram.RunAsync(space.Through[0], [.. space.Through.Skip(1), .. words]);
            Assert.True(result.Output == "tried\n", result.ToString());
            Assert.Equal(before, await SentAsync(space));
        }

        Assert.Contains("a.example.com:80", gateway.Asked);
        // The counter counts: without exec the same attempts are seen
        var direct = await SentAsync(space);
        await ExternalProgram.RunAsync(space.Through[0], [.. space.Through.Skip(1), ExecProgram.Python, "-c", Tries.Replace("10)", "0.2)", StringComparison.Ordinal)]);
        Assert.True(await SentAsync(space) > direct);
    }

    private static async Task<long> SentAsync(NetworkNamespace space)
    {
        var result = await ExternalProgram.RunAsync(space.Through[0], [.. space.Through.Skip(1), "cat", "/proc/net/dev"]);
        var line = result.Output.Split('\n').Single(line => line.TrimStart().StartsWith("out:", StringComparison.Ordinal));
        return long.Parse(line.Split(':')[1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[9], System.Globalization.CultureInfo.InvariantCulture);
    }
}
