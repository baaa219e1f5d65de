using System.Buffers;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Dns;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Dns;

public sealed class DnsResponseTests
{
    private const string Db = "db.example.com";
    private static readonly DnsQuery Query = DnsQuery.Of(Db, DnsType.A)!;

    [Fact]
    public void A_query_is_written_with_and_without_EDNS()
    {
        var bytes = new byte[DnsQuery.MaxLength];
        var length = Query.Write(bytes, 0xABCD, edns: false);
        Assert.Equal([0xAB, 0xCD, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, .. DnsMessage.Name(Db), 0, 1, 0, 1], bytes[..length]);
        Assert.Equal(length + 11, Query.Write(bytes, 0xABCD, edns: true));
        Assert.Equal([0, 0, 41, 4, 0xD0, 0, 0, 0, 0, 0, 0], bytes[length..(length + 11)]);
        Assert.Equal(1, bytes[11]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("a..b")]
    [InlineData("sixty-four-bytes-are-one-too-many-for-a-label-of-a-domain-name-x.example")]
    public void What_is_no_name_is_no_query(string name) => Assert.Null(DnsQuery.Of(name, DnsType.A));

    [Theory]
    [InlineData("xn--zz.test")]
    [InlineData("_srv.example.com.")]
    [InlineData("-a-.example")]
    public void Any_letters_and_digits_are_a_name(string name) => Assert.NotNull(DnsQuery.Of(name, DnsType.A));

    [Fact]
    public void An_answer_is_read() => ReaderContract.Reads<DnsResponse>(
        DnsResponse.Read, new DnsMessage(Db, DnsType.A).A(Db, "192.0.2.1").Cname("x.example", "y.example").Soa("example.com", 60, 30).ToArray(),
        response => Assert.Equal((DnsCode.NoError, false, 2, 1), (response.Code, response.IsTruncated, response.Answers, response.Authorities)));

    [Fact]
    public void Of_a_truncated_answer_only_the_question_is_read() => ReaderContract.Reads<DnsResponse>(
        DnsResponse.Read, new DnsMessage(Db, DnsType.A) { IsTruncated = true }.ToArray(),
        response => Assert.Equal((true, 0), (response.IsTruncated, response.Answers)));

    [Fact]
    public void Broken_answers_are_refused_at_the_byte_that_is_wrong()
    {
        var query = new DnsMessage(Db, DnsType.A).ToArray();
        query[2] = 0x01;
        ReaderContract.Refuses<DnsResponse>(DnsResponse.Read, query, 3, ParseFault.Syntax);
        var twoQuestions = new DnsMessage(Db, DnsType.A).ToArray();
        twoQuestions[5] = 2;
        ReaderContract.Refuses<DnsResponse>(DnsResponse.Read, twoQuestions, 6, ParseFault.Syntax);
        var question = new DnsMessage(Db, DnsType.A).ToArray().Length;

        // A pointer to itself, and one forward
        ReaderContract.Refuses<DnsResponse>(DnsResponse.Read, Owner([0xC0, (byte)question]), question + 2, ParseFault.Syntax);
        ReaderContract.Refuses<DnsResponse>(DnsResponse.Read, Owner([0xC0, (byte)(question + 2)]), question + 2, ParseFault.Syntax);
        ReaderContract.Refuses<DnsResponse>(DnsResponse.Read, Owner([0x40]), question + 1, ParseFault.Syntax);
        // Five bytes of an IPv4 address
        ReaderContract.Refuses<DnsResponse>(
            DnsResponse.Read, new DnsMessage(Db, DnsType.A).Answer([0xC0, 12], DnsType.A, 60, [192, 0, 2, 1, 9]).ToArray(), question + 12, ParseFault.Length);
        // An alias that goes on behind its data, and one that ends before
        ReaderContract.Refuses<DnsResponse>(
            DnsResponse.Read, new DnsMessage(Db, DnsType.A).Answer([0xC0, 12], DnsType.Cname, 60, [5, 1]).A(Db, "192.0.2.1").ToArray(), question + 14, ParseFault.Syntax);
        ReaderContract.Refuses<DnsResponse>(
            DnsResponse.Read, new DnsMessage(Db, DnsType.A).Answer([0xC0, 12], DnsType.Cname, 60, [1, 97, 0, 0]).ToArray(), question + 16, ParseFault.Length);

        byte[] Owner(byte[] owner) => new DnsMessage(Db, DnsType.A).Answer(owner, DnsType.A, 60, [192, 0, 2, 1]).ToArray();
    }

    [Fact]
    public void Only_a_response_with_this_ID_to_this_question_answers()
    {
        var answer = new DnsMessage(Db, DnsType.A).A(Db, "192.0.2.1").ToArray();
        Assert.True(Query.IsAnsweredBy(answer, 0x1234));
        Assert.True(Query.IsAnsweredBy(new DnsMessage("DB.Example.COM", DnsType.A).ToArray(), 0x1234));
        Assert.False(Query.IsAnsweredBy(answer, 0x1235));
        Assert.False(Query.IsAnsweredBy(new DnsMessage("db.example.org", DnsType.A).ToArray(), 0x1234));
        Assert.False(Query.IsAnsweredBy(new DnsMessage(Db, DnsType.Aaaa).ToArray(), 0x1234));
        for (var length = 0; length < 12 + 20; length++) Assert.False(Query.IsAnsweredBy(answer.AsSpan(0, length), 0x1234));
        byte[] failure = [0x12, 0x34, 0x80, 2, 0, 0, 0, 0, 0, 0, 0, 0];
        Assert.True(Query.IsAnsweredBy(failure, 0x1234));
        failure[3] = 0;
        Assert.False(Query.IsAnsweredBy(failure, 0x1234));
    }

    [Fact]
    public void Addresses_are_those_of_the_name_and_of_its_aliases()
    {
        var message = new DnsMessage(Db, DnsType.A)
            .A("real.example", "192.0.2.2", 20).A("other.example", "192.0.2.66").Cname("alias.example", "REAL.example", 40).Cname(Db, "alias.example", 30)
            .A(Db, "192.0.2.77").Aaaa("real.example", "2001:db8::1").A("real.example", "192.0.2.2");
        Assert.Equal(("192.0.2.2", 20u), Addresses(message));
        Assert.Equal(("", uint.MaxValue), Addresses(new DnsMessage(Db, DnsType.A).A("other.example", "192.0.2.66")));
    }

    [Fact]
    public void A_circle_of_aliases_ends()
    {
        var message = new DnsMessage(Db, DnsType.A).Cname(Db, "a.example").Cname("a.example", Db);
        Assert.Equal("", Addresses(message).Text);
    }

    [Fact]
    public void A_negative_answer_says_how_long_it_holds()
    {
        Assert.Equal(30u, NegativeTtl(new DnsMessage(Db, DnsType.A) { Code = 3 }.Soa("example.com", 60, 30)));
        Assert.Equal(60u, NegativeTtl(new DnsMessage(Db, DnsType.A).Cname(Db, "x.example").Soa("example.com", 60, 300)));
        Assert.Null(NegativeTtl(new DnsMessage(Db, DnsType.A)));
    }

    private static (string Text, uint Ttl) Addresses(DnsMessage message)
    {
        var bytes = message.ToArray();
        var addresses = DnsRecords.Addresses(Query, Read(bytes), bytes, out var ttl);
        return (string.Join(' ', addresses), ttl);
    }

    private static uint? NegativeTtl(DnsMessage message)
    {
        var bytes = message.ToArray();
        return DnsRecords.NegativeTtl(Read(bytes), bytes);
    }

    private static DnsResponse Read(byte[] bytes)
    {
        var parsed = DnsResponse.Read(new ReadOnlySequence<byte>(bytes));
        Assert.Equal(ParseStatus.Done, parsed.Status);
        return parsed.Value;
    }
}
