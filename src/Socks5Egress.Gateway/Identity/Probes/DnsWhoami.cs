using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>A name server that answers a TXT question with the address it was asked from. Over TCP, because that is how sessions leave.</summary>
internal sealed class DnsWhoami(string server, int port, string name, ProbeDial dial)
{
    /// <inheritdoc cref="EgressProbe"/>
    public async Task<IPAddress?> AskAsync(AddressFamily family, CancellationToken cancellation)
    {
        try
        {
            await using var stream = await dial(server, port, family, cancellation);
            if (stream is null) return null;
            var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            await stream.WriteAsync(TxtMessage.Ask(id, name), cancellation);
            await stream.FlushAsync(cancellation);
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, cancellation);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(answer, cancellation);
            return TxtMessage.Read(answer, id) is { } text ? AddressInText.Find(text, family) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
