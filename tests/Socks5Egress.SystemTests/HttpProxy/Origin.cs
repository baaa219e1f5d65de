using System.Text;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>A raw origin: what it received byte by byte, and one fixed answer for each head that came.</summary>
internal sealed class Origin : IAsyncDisposable
{
    private readonly StringBuilder _received = new();
    private readonly Lock _gate = new();
    private readonly RawTarget _target;

    private Origin(string answer, bool closes)
    {
        _target = RawTarget.Start(async peer =>
        {
            var buffer = new byte[64 * 1024];
            while (await peer.ReceiveSomeAsync(buffer) is > 0 and var got)
            {
                string all;
                lock (_gate) all = _received.Append(Encoding.Latin1.GetString(buffer, 0, got)).ToString();
                if (!IsWhole(all)) continue;
                await peer.SendAsync(Encoding.Latin1.GetBytes(answer));
                if (closes) break;
            }
            peer.Finish();
        });
    }

    /// <summary>Everything that reached it.</summary>
    public string Received
    {
        get
        {
            lock (_gate) return _received.ToString();
        }
    }

    public int Connections => _target.Accepted;

    public int Port => _target.EndPoint.Port;

    /// <summary><c>127.0.0.1:PORT</c>.</summary>
    public string Authority => _target.EndPoint.ToString();

    public static Origin Start(string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", bool closes = false) => new(answer, closes);

    /// <summary>What a client gets for these bytes, up to the end of the connection.</summary>
    public static async Task<(string Text, Ending Ending)> AskAsync(GatewayProcess gateway, string request)
    {
        using var client = await RawConnection.ConnectAsync(gateway.EndPoint);
        await client.SendAsync(Encoding.Latin1.GetBytes(request));
        client.Finish();
        var (bytes, ending) = await client.ReceiveToEndAsync();
        return (Encoding.Latin1.GetString(bytes), ending);
    }

    public ValueTask DisposeAsync() => _target.DisposeAsync();

    private static bool IsWhole(string all)
    {
        var end = all.LastIndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        if (all.Contains("Transfer-Encoding: chunked", StringComparison.OrdinalIgnoreCase)) return all.Contains("\r\n0\r\n", StringComparison.Ordinal) && all.EndsWith("\r\n\r\n", StringComparison.Ordinal);
        var field = all.LastIndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
        if (field < 0) return true;
        var length = int.Parse(all[(field + 16)..all.IndexOf('\r', field)], System.Globalization.CultureInfo.InvariantCulture);
        return all.Length - all.IndexOf("\r\n\r\n", field, StringComparison.Ordinal) - 4 >= length;
    }
}
