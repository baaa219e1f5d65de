using System.Net.Sockets;

namespace Socks5Egress.Transport;

/// <summary>
/// The one gate for descriptors: every socket that is opened for a client passes it, so that what the process itself needs is never used up.
/// The kernel gives the lowest free number; a number at a threshold tells that all below it are in use.
/// </summary>
/// <remarks>
/// From the top: the runtime, which ends the process when it has no descriptors (it needs two for every thread that it starts, and a thread
/// starts when it likes); the admin address and the files of a reload; the targets of clients that were let in last.
/// </remarks>
/// <param name="Limit">Descriptors that the process may have (RLIMIT_NOFILE).</param>
internal sealed record DescriptorReserve(long Limit)
{
    // 16 threads, and half of that again for the targets
    private const int OfTheRuntime = 32, OfTargets = 16;

    /// <summary>For the admin address and the files of a reload; a process with few descriptors shares those of the runtime.</summary>
    private const int MostOfAdministration = 80;

    /// <summary>For systems where numbers tell nothing.</summary>
    public static DescriptorReserve None { get; } = new(long.MaxValue);

    /// <summary>The one of this process, for sockets that no transport opens.</summary>
    public static DescriptorReserve OfProcess { get; set; } = None;

    /// <summary>Kept for the admin address and the files of a reload.</summary>
    public int OfAdministration { get; } = (int)Math.Clamp(Limit / 8 - OfTheRuntime - OfTargets, 0, MostOfAdministration);

    /// <summary>Whether another connection may be accepted behind this one, or bulk may have a kernel pipe of this number.</summary>
    public bool LeavesRoom(nint descriptor) => descriptor < Limit - OfTheRuntime - OfAdministration - OfTargets;

    /// <summary>Whether a socket that serves a client may have this number: to a target, for datagrams, for a name, for a peer that will call.</summary>
    public bool MayServe(nint descriptor) => descriptor < Limit - OfTheRuntime - OfAdministration;

    /// <summary>Closes <paramref name="socket"/> when it took a descriptor that is not for clients.</summary>
    /// <exception cref="SocketException">It did: <see cref="SocketError.TooManyOpenSockets"/>, as if the system had none.</exception>
    public Socket Admit(Socket socket)
    {
        if (MayServe(socket.Handle)) return socket;
        socket.Dispose();
        throw new SocketException((int)SocketError.TooManyOpenSockets);
    }

    /// <summary>Whether a connection that comes now can be accepted.</summary>
    public bool HasRoom()
    {
        try
        {
            using var probe = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            return LeavesRoom(probe.Handle);
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
