using System.Net;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Dns;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Dns;

/// <summary>The DNS reader against RFC 1035 written a second time: with exceptions, lists of labels and no thought of speed.</summary>
public sealed class DnsSlowRuleTests
{
    private const string Db = "db.example.com";

    private static readonly DnsQuery ForA = DnsQuery.Of(Db, DnsType.A)!, ForAaaa = DnsQuery.Of(Db, DnsType.Aaaa)!;

    private static readonly byte[][] Samples =
    [
        new DnsMessage(Db, DnsType.A).A(Db, "192.0.2.1").A("Other.example", "192.0.2.2").ToArray(),
        new DnsMessage(Db, DnsType.A).Cname(Db, "Real.example", 9).A("real.EXAMPLE", "192.0.2.3", 7).A("real.example", "192.0.2.3").ToArray(),
        new DnsMessage(Db, DnsType.A).Answer([0xC0, 12], DnsType.Cname, 5, [1, 97, 0xC0, 15]).A("a.example.com", "192.0.2.4").ToArray(),
        new DnsMessage(Db, DnsType.Aaaa).Aaaa(Db, "2001:db8::1").Answer([0xC0, 12], DnsType.Txt, 1, [3, 97, 98, 99]).ToArray(),
        new DnsMessage(Db, DnsType.Aaaa).Aaaa(Db, "::ffff:192.0.2.5", uint.MaxValue).ToArray(),
        new DnsMessage(Db, DnsType.A) { Code = 3 }.Soa("example.com", 60, 30).ToArray(),
        new DnsMessage(Db, DnsType.A) { IsTruncated = true }.A(Db, "192.0.2.6").ToArray(),
        new DnsMessage(Db, DnsType.A).Cname(Db, "x.test").Cname("x.test", Db).ToArray(),
    ];

    [Fact]
    public void The_response_reader_agrees() => SlowRule.Agrees<DnsResponse>(
        DnsResponse.Read,
        response => $"{(byte)response.Code} {response.IsTruncated} {response.Answers} {response.Authorities}",
        bytes => new SlowReader(bytes).Read(),
        Samples);

    [Fact]
    public void Who_is_answered_and_with_what_agrees()
    {
        var random = new Random(1035);
        var (answered, addressed) = (0, 0);
        for (var i = 0; i < 40_000; i++)
        {
            var bytes = (byte[])Samples[random.Next(Samples.Length)].Clone();
            for (var changes = random.Next(3); changes > 0; changes--) bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            foreach (var query in new[] { ForA, ForAaaa })
            {
                var slow = new SlowReader(bytes);
                var expected = slow.Answers(0x1234, Db, query.Type);
                Assert.True(expected == query.IsAnsweredBy(bytes, 0x1234), Convert.ToHexString(bytes));
                var parsed = DnsResponse.Read(Segments.Whole(bytes));
                if (!expected || parsed.Status != ParseStatus.Done || parsed.Value.IsTruncated) continue;
                answered++;
                var found = DnsRecords.Addresses(query, parsed.Value, bytes, out var ttl);
                var (wanted, wantedTtl) = slow.Addresses(Db, query.Type);
                addressed += wanted.Count;
                Assert.True(
                    wanted.SequenceEqual(found) && (found.Count == 0 || ttl == wantedTtl),
                    $"{Convert.ToHexString(bytes)}: {string.Join(' ', found)} {ttl}, the rule says {string.Join(' ', wanted)} {wantedTtl}");
            }
        }
        Assert.True(answered > 1000 && addressed > 1000, $"{answered} answers, {addressed} addresses");
    }

    /// <summary>Reads by index; a message that is too short throws, and so does a wrong one.</summary>
    private sealed class SlowReader(byte[] bytes)
    {
        private readonly List<(string Owner, int Type, uint Ttl, byte[] Data, string Alias)> _records = [];
        private int _at;

        public Outcome Read()
        {
            try
            {
                return Done();
            }
            catch (EndOfStreamException)
            {
                return Outcome.NeedMore;
            }
            catch (FaultException wrong)
            {
                return Outcome.Invalid(wrong.Fault);
            }
        }

        /// <summary>A response with this ID to this question; one that tells of a failure may leave the question out.</summary>
        public bool Answers(int id, string name, DnsType type)
        {
            if (bytes.Length < 12 || (bytes[0] * 256) + bytes[1] != id || bytes[2] >> 3 != 16) return false;
            var questions = (bytes[4] * 256) + bytes[5];
            if (questions == 0) return (bytes[3] & 15) is not 0 and not 3;
            byte[] question = [.. DnsMessage.Name(name), 0, (byte)type, 0, 1];
            var echo = bytes[12..];
            if (questions != 1 || echo.Length < question.Length) return false;
            return echo.Take(question.Length - 4).Select(Lower).SequenceEqual(question.SkipLast(4)) && echo.Skip(question.Length - 4).Take(4).SequenceEqual(question.TakeLast(4));
        }

        /// <summary>The addresses at the end of the chain of aliases, each once.</summary>
        public (List<IPAddress> Addresses, uint Ttl) Addresses(string name, DnsType type)
        {
            Read();
            var answers = _records.Take((bytes[6] * 256) + bytes[7]).ToList();
            var (owner, ttl) = (string.Concat(name.Split('.').Select(label => (char)label.Length + label)) + "\0", uint.MaxValue);
            for (var aliases = 0; aliases < 16; aliases++)
            {
                var alias = answers.Find(record => record.Type == 5 && record.Owner == owner);
                if (alias.Owner is null) break;
                (owner, ttl) = (alias.Alias, Math.Min(ttl, alias.Ttl));
            }
            var found = answers.Where(record => record.Type == (int)type && record.Owner == owner).Take(DnsRecords.MaxAddresses).ToList();
            foreach (var record in found) ttl = Math.Min(ttl, record.Ttl);
            return ([.. found.Select(record => new IPAddress(record.Data)).Select(address => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).Distinct()], ttl);
        }

        private static byte Lower(byte value) => value is >= 65 and <= 90 ? (byte)(value + 32) : value;

        private Outcome Done()
        {
            int flags = Byte(2);
            if (flags >> 3 != 16) throw new FaultException(ParseFault.Syntax);
            var questions = Number(4);
            if (questions > 1) throw new FaultException(ParseFault.Syntax);
            Byte(11);
            _at = 12;
            if (questions == 1)
            {
                Name(bytes.Length);
                Skip(4);
            }
            var code = bytes[3] & 15;
            if ((flags & 2) != 0) return Outcome.Done(_at, $"{code} True 0 0");
            int answers = Number(6), authorities = Number(8), records = answers + authorities + Number(10);
            for (var i = 0; i < records; i++) Record();
            return Outcome.Done(_at, $"{code} False {answers} {authorities}");
        }

        private void Record()
        {
            var owner = Name(bytes.Length);
            Byte(_at + 9);
            var type = Number(_at + 2) == 1 ? Number(_at) : 0;
            var ttl = ((uint)Number(_at + 4) << 16) | (uint)Number(_at + 6);
            var length = Number(_at + 8);
            _at += 10;
            if (type is 1 && length != 4 || type is 28 && length != 16) throw new FaultException(ParseFault.Length);
            var end = _at + length;
            if (end > bytes.Length) throw new EndOfStreamException();
            var (start, alias) = (_at, "");
            if (type is 5 or 6)
            {
                try
                {
                    for (var names = type == 5 ? 1 : 2; names > 0; names--) alias = Name(end);
                }
                catch (EndOfStreamException)
                {
                    throw new FaultException(ParseFault.Syntax);
                }
                if (_at + (type == 6 ? 20 : 0) != end) throw new FaultException(ParseFault.Length);
            }
            _at = end;
            _records.Add((owner, type, ttl >= 0x80000000 ? 0 : ttl, bytes[start..end], alias));
        }

        /// <summary>Labels behind their lengths, as letters; a pointer goes to a place before the name and before every other pointer's.</summary>
        private string Name(int end)
        {
            var (name, from, lowest, behind) = ("", _at, _at, 0);
            while (true)
            {
                if (from >= end) throw new EndOfStreamException();
                int count = bytes[from];
                if (count >= 192)
                {
                    if (from + 1 >= end) throw new EndOfStreamException();
                    if (behind == 0) behind = from + 2;
                    from = ((count - 192) * 256) + bytes[from + 1];
                    if (from >= lowest) throw new FaultException(ParseFault.Syntax);
                    lowest = from;
                    continue;
                }
                if (count > 63 || name.Length + count + (count == 0 ? 1 : 2) > 255) throw new FaultException(ParseFault.Syntax);
                if (from + 1 + count > end) throw new EndOfStreamException();
                name += (char)count + string.Concat(bytes.Skip(from + 1).Take(count).Select(value => (char)Lower(value)));
                from += 1 + count;
                if (count != 0) continue;
                _at = behind == 0 ? from : behind;
                return name;
            }
        }

        private int Byte(int at) => at < bytes.Length ? bytes[at] : throw new EndOfStreamException();

        private int Number(int at) => (Byte(at) * 256) + Byte(at + 1);

        private void Skip(int count)
        {
            if ((_at += count) > bytes.Length) throw new EndOfStreamException();
        }
    }

    private sealed class FaultException(ParseFault fault) : Exception
    {
        public ParseFault Fault => fault;
    }
}
