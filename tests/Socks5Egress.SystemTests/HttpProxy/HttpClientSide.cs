using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>Heads and bodies over raw connections, for either end.</summary>
internal static class HttpClientSide
{
    public const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    public static Task SayAsync(this RawConnection connection, string text) => connection.SendAsync(Encoding.Latin1.GetBytes(text));

    /// <summary>Everything up to the empty line.</summary>
    public static async Task<string> HeadAsync(this RawConnection connection)
    {
        var head = new StringBuilder();
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal)) head.Append((char)(await connection.ReceiveAsync(1))[0]);
        return head.ToString();
    }

    /// <summary>The next bytes are these.</summary>
    public static async Task ExpectAsync(this RawConnection connection, string text) =>
        Assert.Equal(text, Encoding.Latin1.GetString(await connection.ReceiveAsync(text.Length)));

    /// <summary>A head with this status comes, and a body.</summary>
    public static async Task<string> AnswerAsync(this RawConnection connection, string status, string body = "")
    {
        var head = await connection.HeadAsync();
        Assert.StartsWith("HTTP/1.1 " + status, head, StringComparison.Ordinal);
        await connection.ExpectAsync(body);
        return head;
    }

    public static string Get(RawTarget origin, string fields = "") => $"GET http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\n{fields}\r\n";

    public static string Post(RawTarget origin, string framing) => $"POST http://{origin.EndPoint}/ HTTP/1.1\r\nHost: x\r\n{framing}\r\n\r\n";
}
