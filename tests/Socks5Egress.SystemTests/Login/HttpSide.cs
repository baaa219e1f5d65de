using System.Net;
using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Login;

/// <summary>Requests with a token, and the head of the answer.</summary>
internal static class HttpSide
{
    /// <summary>CONNECT with this value of Proxy-Authorization; null: without.</summary>
    public static async Task<(RawConnection Connection, string Head)> ConnectAsync(IPEndPoint gateway, EndPoint target, string? authorization)
    {
        var connection = await RawConnection.ConnectAsync(gateway);
        var field = authorization is null ? "" : $"Proxy-Authorization: {authorization}\r\n";
        await connection.SendAsync(Encoding.Latin1.GetBytes($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{field}\r\n"));
        return (connection, await HeadAsync(connection));
    }

    /// <summary>The whole answer to a request after which the connection closes.</summary>
    public static async Task<string> AskAsync(IPEndPoint gateway, string request)
    {
        using var connection = await RawConnection.ConnectAsync(gateway);
        await connection.SendAsync(Encoding.Latin1.GetBytes(request));
        return Encoding.UTF8.GetString((await connection.ReceiveToEndAsync()).Bytes);
    }

    /// <summary><c>POST /login</c>.</summary>
    public static Task<string> BuyAsync(IPEndPoint gateway, string? authorization, string query = "") => AskAsync(gateway,
        $"POST /login{query} HTTP/1.1\r\nHost: gw\r\n{(authorization is null ? "" : $"Authorization: {authorization}\r\n")}Content-Length: 0\r\n\r\n");

    private static async Task<string> HeadAsync(RawConnection connection)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await connection.ReceiveAsync(1))[0]);
        return head.ToString();
    }
}
