using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Socks5Egress.Protocol.Dns;

/// <summary>
/// What a response that was read says to a query. Only records of the name asked for count, or of a name that a chain of aliases leads to
/// from there; everything else that a server sends along is nobody's answer.
/// </summary>
internal static class DnsRecords
{
    /// <summary>Addresses that are taken from one answer.</summary>
    public const int MaxAddresses = 64;

    private const int MaxAliases = 16;

    /// <summary>The addresses of the answer.</summary>
    /// <param name="query">For type A or AAAA.</param>
    /// <param name="response">As it was read from <paramref name="message"/>.</param>
    /// <param name="message">The whole message.</param>
    /// <param name="ttl">How long they hold, in seconds: the least of all records on the way to them.</param>
    public static IReadOnlyList<IPAddress> Addresses(DnsQuery query, in DnsResponse response, ReadOnlySpan<byte> message, out uint ttl)
    {
        ArgumentNullException.ThrowIfNull(query);
        Span<byte> wanted = stackalloc byte[DnsName.MaxLength];
        var addresses = new List<IPAddress>();
        var length = Follow(query, response, message, wanted, out ttl);
        var records = new Walk(response, message);
        while (records.MoveNext(response.Answers))
        {
            if (records.Current.Type != query.Type || addresses.Count == MaxAddresses || !records.Owner.SequenceEqual(wanted[..length])) continue;
            ttl = Math.Min(ttl, records.Current.Ttl);
            var address = AddressLiteral.FromBytes(message.Slice(records.Current.Start, records.Current.Length));
            if (!addresses.Contains(address)) addresses.Add(address);
        }
        return addresses;
    }

    /// <summary>How long a negative answer holds, in seconds (RFC 2308 section 5); null when the server does not say.</summary>
    public static uint? NegativeTtl(in DnsResponse response, ReadOnlySpan<byte> message)
    {
        var records = new Walk(response, message);
        while (records.MoveNext(response.Answers + response.Authorities))
        {
            if (records.Number <= response.Answers || records.Current.Type != DnsType.Soa) continue;
            var minimum = BinaryPrimitives.ReadUInt32BigEndian(message[(records.Current.Start + records.Current.Length - 4)..]);
            return Math.Min(records.Current.Ttl, minimum);
        }
        return null;
    }

    /// <summary>The texts of an answer with blanks between.</summary>
    /// <param name="query">For type TXT.</param>
    /// <param name="response">As it was read from <paramref name="message"/>.</param>
    /// <param name="message">The whole message.</param>
    public static string Texts(DnsQuery query, in DnsResponse response, ReadOnlySpan<byte> message)
    {
        ArgumentNullException.ThrowIfNull(query);
        Span<byte> wanted = stackalloc byte[DnsName.MaxLength];
        var length = Follow(query, response, message, wanted, out _);
        var text = new StringBuilder();
        var records = new Walk(response, message);
        while (records.MoveNext(response.Answers))
        {
            if (records.Current.Type != DnsType.Txt || !records.Owner.SequenceEqual(wanted[..length])) continue;
            var strings = message.Slice(records.Current.Start, records.Current.Length);
            for (; !strings.IsEmpty && strings.Length > strings[0]; strings = strings[(strings[0] + 1)..])
                text.Append(Encoding.Latin1.GetString(strings.Slice(1, strings[0]))).Append(' ');
        }
        return text.ToString();
    }

    /// <summary>From the name asked for along its aliases, in whatever order they stand.</summary>
    /// <returns>The length of the name at the end of the chain.</returns>
    private static int Follow(DnsQuery query, in DnsResponse response, ReadOnlySpan<byte> message, Span<byte> wanted, out uint ttl)
    {
        ttl = uint.MaxValue;
        query.Name.CopyTo(wanted);
        var length = query.Name.Length;
        for (var aliases = 0; aliases < MaxAliases; aliases++)
        {
            var before = aliases;
            var records = new Walk(response, message);
            while (records.MoveNext(response.Answers))
            {
                if (records.Current.Type != DnsType.Cname || !records.Owner.SequenceEqual(wanted[..length])) continue;
                ttl = Math.Min(ttl, records.Current.Ttl);
                var at = records.Current.Start;
                DnsName.Read(message, ref at, wanted, out length);
                before = -1;
                break;
            }
            if (before >= 0) break;
        }
        return length;
    }

    /// <summary>The records from the answer section on, one after the other.</summary>
    private ref struct Walk(in DnsResponse response, ReadOnlySpan<byte> message)
    {
        private readonly ReadOnlySpan<byte> _message = message;
        private readonly byte[] _owner = new byte[DnsName.MaxLength];
        private int _at = response.Start;
        private int _length;

        public DnsRecord Current { get; private set; }

        public int Number { get; private set; }

        public readonly ReadOnlySpan<byte> Owner => _owner.AsSpan(0, _length);

        public bool MoveNext(int most)
        {
            if (Number == most || DnsRecord.Read(_message, ref _at, _owner, out _length, out var record, out _) != ParseStatus.Done) return false;
            Current = record;
            Number++;
            return true;
        }
    }
}
