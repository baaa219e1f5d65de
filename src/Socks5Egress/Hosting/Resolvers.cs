using System.Net.Sockets;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Resolving;
using Socks5Egress.Supervision;
using Socks5Egress.Transport;

namespace Socks5Egress.Hosting;

/// <summary>From settings to what looks names up.</summary>
internal static class Resolvers
{
    /// <summary>Lookups that wait for a place. Behind them, whoever has most of them is refused.</summary>
    private const int MostWaiting = 4096;

    private const int FewestPlaces = 32, MostPlaces = 512;
    private const string Folder = "/etc";

    /// <summary>The resolver of these settings. It has threads of its own, which end with it.</summary>
    /// <param name="settings">Whom to ask.</param>
    /// <param name="descriptors">Descriptors that this process may have.</param>
    /// <param name="supervisor">Starts those threads.</param>
    /// <exception cref="System.Net.Sockets.SocketException">This machine has no loopback.</exception>
    public static Resolver Of(DialSettings settings, long descriptors, Supervisor supervisor)
    {
        var reserve = OperatingSystem.IsLinux() ? new DescriptorReserve(descriptors) : DescriptorReserve.None;
        var loop = new DnsLoop(supervisor);
        var client = new DnsLookups(loop, reserve.MayServe);
        var threads = new WorkerThreads("getaddrinfo", SystemLookups.Places, () => HasRoom(reserve), supervisor);
        var own = new LookupLane(client, new LookupQueue((int)Math.Clamp(descriptors / 8, FewestPlaces, MostPlaces), MostWaiting));
        var system = new LookupLane(new SystemLookups(threads), new LookupQueue(SystemLookups.Places, MostWaiting));
        var reading = new WorkerThreads("name files", 1, static () => true, supervisor);
        var isTold = !settings.Resolvers.IsEmpty;
        if (isTold) client.Asked = ResolvConf.Absent with { Servers = settings.Resolvers };
        var files = new NameFiles(Folder, isTold, reading.Run, loop.Timers, reading);
        var ownName = Environment.MachineName;
        return new Resolver(files, LaneOf, loop.Timers) { SearchList = settings.SearchList, Owned = [loop, threads] };

        LookupLane LaneOf(NameSettings now, string name)
        {
            if (isTold) return own;
            if (!OperatingSystem.IsLinux() || !now.Switch.LeavesToClient(name, ownName, now.ResolvConf)) return system;
            client.Asked = now.ResolvConf;
            return own;
        }
    }

    /// <summary>The resolver of a verb that ends soon.</summary>
    public static Resolver OfVerb(DialSettings settings) =>
        Of(settings, DescriptorLimit.Raise(), Supervisor.OfProcess);

    /// <summary>Whether there are descriptors for one more thread and its sockets.</summary>
    private static bool HasRoom(DescriptorReserve reserve)
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            return reserve.MayServe(probe.Handle);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
