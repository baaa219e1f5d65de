using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Socks5Egress.Transport.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>The transports that every test here runs over, by name.</summary>
internal static class Transports
{
    public static TheoryData<string> All => OperatingSystem.IsLinux() ? new("sockets", "epoll", "epoll without splice") : new("sockets");

    public static ITransport Create(string name) => name switch
    {
        "sockets" => new SocketsTransport(DescriptorReserve.None, TimeProvider.System),
        "epoll" => new EpollTransport(new EpollOptions(Loops: 2), TimeProvider.System, Unexpected),
        _ => new EpollTransport(new EpollOptions(Loops: 2, Splice: false), TimeProvider.System, Unexpected),
    };

    /// <summary>An exception that a callback let out is a bug: it ends the run.</summary>
    private static void Unexpected(Exception exception) => Environment.FailFast("A loop let an exception out", exception);
}
