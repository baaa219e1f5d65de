using System.Net;
using System.Net.Sockets;

namespace Socks5Egress.Compare.Load;

/// <summary>Asks the target for its counters, past the proxy.</summary>
internal sealed class TargetControl : IDisposable
{
    private readonly TcpClient _client = new();

    public TargetControl(int port)
    {
        _client.Connect(IPAddress.Loopback, port);
        _client.ReceiveTimeout = 10_000;
        _client.NoDelay = true;
    }

    public TargetCounters Ask()
    {
        Span<byte> answer = stackalloc byte[TargetCounters.Length];
        NetworkStream stream = _client.GetStream();
        stream.WriteByte((byte)'C');
        stream.ReadExactly(answer);
        return TargetCounters.Read(answer);
    }

    public void Dispose() => _client.Dispose();
}
