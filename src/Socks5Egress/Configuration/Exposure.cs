using System.Net;

namespace Socks5Egress.Configuration;

/// <summary>What listens where other machines reach it, and asks nobody who he is.</summary>
internal static class Exposure
{
    /// <summary>Whether other machines reach it.</summary>
    public static bool IsOpen(EndPoint endpoint) => endpoint is IPEndPoint ip && !IPAddress.IsLoopback(ip.Address);

    /// <summary>What is wrong with a forward to names there, and what to do. That everybody may be served does not lift it: it leads to many servers.</summary>
    public static string OfNames(EndPoint endpoint)
        => $"{endpoint} can be reached from other machines, and a forward to names asks for no login; add --clients CIDR for those who may connect";

    /// <summary>What is wrong with a forward there, of the gateway or of a client, and what to do.</summary>
    public static string OfForward(EndPoint endpoint)
        => $"{endpoint} can be reached from other machines, and a forward asks for no login; add --clients CIDR for those who may connect, or --no-auth to serve everybody";
}
