using System.Net;
using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>A SOCKS5 client in the usual order; what it returns is the bare connection.</summary>
internal static class RawClient
{
    /// <summary>A connection through the gateway, ready for bytes.</summary>
    public static async Task<RawConnection> OpenAsync(GatewayProcess gateway, IPEndPoint target, int? receiveBuffer = null)
    {
        var (connection, reply) = await RequestAsync(gateway, Socks5.Connect(target), receiveBuffer);
        Assert.Equal(ReplyCode.Succeeded, reply.Code);
        return connection;
    }

    /// <summary>Greeting without authentication, then this request.</summary>
    public static async Task<(RawConnection Connection, Socks5Reply Reply)> RequestAsync(
        GatewayProcess gateway, byte[] request, int? receiveBuffer = null)
    {
        var connection = await GreetAsync(gateway, receiveBuffer);
        await connection.SendAsync(request);
        return (connection, await Socks5.ReadReplyAsync(connection));
    }

    /// <summary>The code that this request gets; the connection is closed behind it.</summary>
    public static async Task<byte> CodeAsync(GatewayProcess gateway, byte[] request)
    {
        var (connection, reply) = await RequestAsync(gateway, request);
        connection.Dispose();
        return reply.Code;
    }

    /// <summary>A connection on which method 00 was offered and chosen.</summary>
    public static async Task<RawConnection> GreetAsync(GatewayProcess gateway, int? receiveBuffer = null)
    {
        var connection = await RawConnection.ConnectAsync(gateway.EndPoint, receiveBuffer: receiveBuffer);
        await connection.SendAsync(Socks5.Greeting(Socks5.NoAuthentication));
        Assert.Equal([5, Socks5.NoAuthentication], await connection.ReceiveAsync(2));
        return connection;
    }
}
