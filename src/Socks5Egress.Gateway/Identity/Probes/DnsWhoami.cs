using System.Buffers;
using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Dns;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>A name server that answers a TXT question with the address it was asked from. Over TCP, because that is how sessions leave.</summary>
internal sealed class DnsWhoami(string server, int port, string name, ProbeDial dial)
{
    /// <inheritdoc cref="EgressProbe"/>
    public async Task<IPAddress?> AskAsync(AddressFamily family, CancellationToken cancellation)
    {
        if (DnsQuery.Of(name, DnsType.Txt) is not { } query) return null;
        try
        {
            await using var stream = await dial(server, port, family, cancellation);
            if (stream is null) return null;
            var id = (ushort)RandomNumberGenerator.GetInt32(ushort.MaxValue + 1);
            await stream.WriteAsync(Framed(query, id), cancellation);
            await stream.FlushAsync(cancellation);
            var length = new byte[2];
            await stream.ReadExactlyAsync(length, cancellation);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(answer, cancellation);
            return TextOf(query, id, answer) is { } text ? AddressInText.Find(text, family) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The texts of the answer with blanks between; null when it is no answer to this question.</summary>
    internal static string? TextOf(DnsQuery query, ushort id, byte[] message)
    {
        if (!query.IsAnsweredBy(message, id)) return null;
        var response = DnsResponse.Read(new ReadOnlySequence<byte>(message));
        return response is { Status: ParseStatus.Done, Value.Code: DnsCode.NoError } ? DnsRecords.Texts(query, response.Value, message) : null;
    }

    /// <summary>The query after its two bytes of length (RFC 1035 section 4.2.2).</summary>
    private static byte[] Framed(DnsQuery query, ushort id)
    {
        var message = new byte[2 + DnsQuery.MaxLength];
        var length = query.Write(message.AsSpan(2), id, edns: false);
        BinaryPrimitives.WriteUInt16BigEndian(message, (ushort)length);
        return message[..(2 + length)];
    }
}
