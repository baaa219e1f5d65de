using System.Buffers;
using System.Text;
using CsCheck;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Detection;
using Socks5Egress.Protocol.Dns;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Protocol.Jwt;
using Socks5Egress.Protocol.ProxyProtocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Fuzz;

/// <summary>
/// Every parser on spoilt messages: it never throws, answers the same however the bytes are cut, keeps its mind when more bytes
/// follow, and consumes no byte behind its message. Half a minute in all; with <c>tests/run --long</c> ten minutes.
/// </summary>
public sealed class FuzzTests
{
    /// <summary>What a reader says: status, fault, consumed bytes. Null when the bytes are not for it.</summary>
    private delegate (ParseStatus Status, ParseFault Fault, long Consumed) Look(in ReadOnlySequence<byte> bytes);

    private static readonly Dictionary<string, Look> Parsers = new()
    {
        ["greeting"] = Of<Greeting>(Greeting.Read),
        ["login"] = Of<UserPassword>(UserPassword.Read),
        ["socks5"] = Of<Request>(Request.Read),
        ["socks5reply"] = Of<Reply>(Reply.Read),
        ["udp"] = Of<UdpHeader>(UdpHeader.Read),
        ["dns"] = Answered,
        ["socks4"] = Of<Socks5Egress.Protocol.Socks4.Request>(Socks5Egress.Protocol.Socks4.Request.Read),
        ["connect"] = Of<ConnectHead>(ConnectHead.Read),
        ["request"] = Of<RequestHead>(RequestHead.Read),
        ["response"] = Of<ResponseHead>(ResponseHead.Read),
        ["trailers"] = Of<TrailerSection>(TrailerSection.Read),
        ["chunks"] = Chunks,
        ["proxy"] = Of<ProxyHeader>(ProxyHeader.Read),
        ["basic"] = Credentials,
        ["jwt"] = Token,
        ["absolute"] = OfText(static text => AbsoluteForm.TryParse(text, out var form) ? form.Authority + form.PathAndQuery == text[(form.IsWebSocket ? 5 : 7)..] : form is null),
        ["sniffed"] = Sniffed,
        ["literal"] = OfText(static text => AddressLiteral.TryParse(text, out _)),
        ["host"] = OfText(static text => HostName.Judge(Destination.Of(text, 443)).Refusal is null),
        ["rule"] = OfText(static text => Rule.TryParse(text, out var rule, out var error) ? rule is not null : string.IsNullOrEmpty(error)),
    };

    private static readonly ILookup<string, byte[]> Corpus = Read().ToLookup(line => line.Parser, line => line.Bytes);

    public static TheoryData<string> Names => [.. Parsers.Keys];

    private static bool Long => Environment.GetEnvironmentVariable("SOCKS5EGRESS_LONG") == "1";

    [Fact]
    public void Every_parser_has_a_corpus() => Assert.Equal(Parsers.Keys.Order(), Corpus.Select(group => group.Key).Order());

    [Theory, MemberData(nameof(Names))]
    public void Spoilt_messages_are_read_or_refused(string name)
    {
        var parse = Parsers[name];
        byte[][] corpus = [.. Corpus[name]];
        foreach (var message in corpus) Check(parse, message, [message.Length / 2]);
        var seconds = (int)Math.Ceiling((Long ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(30)) / Parsers.Count / TimeSpan.FromSeconds(1));
        SpoiltMessage.Of(corpus).Sample(
            spoilt => Check(parse, spoilt.Bytes, spoilt.Cuts), time: seconds, threads: 1,
            print: spoilt => "Add to the corpus: " + Convert.ToHexStringLower(spoilt.Bytes));
    }

    private static void Check(Look parse, byte[] message, int[] cuts)
    {
        var whole = parse(Segments.Whole(message));
        Assert.Equal(whole, parse(Segments.CutAt(message, cuts)));
        Assert.InRange(whole.Consumed, 0, message.Length);
        byte[] more = [.. message, 0, 0x0D, 0x0A, 0xFF];
        if (whole.Status == ParseStatus.Done && whole.Consumed > 0)
        {
            Assert.Equal(whole, parse(Segments.Whole(more)));
            Assert.Equal(ParseStatus.NeedMore, parse(Segments.Whole(message.AsMemory(0, (int)whole.Consumed - 1))).Status);
        }
        if (whole is { Status: ParseStatus.Invalid, Fault: not ParseFault.None }) Assert.Equal(ParseStatus.Invalid, parse(Segments.Whole(more)).Status);
    }

    private static Look Of<T>(ReaderContract.Reader<T> read)
        where T : struct => (in ReadOnlySequence<byte> bytes) =>
    {
        var parsed = read(bytes);
        return (parsed.Status, parsed.Fault, parsed.Status == ParseStatus.Done ? bytes.Slice(0, parsed.Consumed).Length : 0);
    };

    // A text is whole or nothing: what matters is that it is judged at all, and the same each time
    private static Look OfText(Func<string, bool> judge) => (in ReadOnlySequence<byte> bytes) =>
        (judge(Encoding.Latin1.GetString(bytes)) ? ParseStatus.Done : ParseStatus.Invalid, ParseFault.None, 0);

    // Beside the reading: what a message that was read says is taken without a fault
    private static (ParseStatus Status, ParseFault Fault, long Consumed) Answered(in ReadOnlySequence<byte> bytes)
    {
        var parsed = DnsResponse.Read(bytes);
        if (parsed.Status != ParseStatus.Done) return (parsed.Status, parsed.Fault, 0);
        var message = bytes.ToArray();
        foreach (var type in new[] { DnsType.A, DnsType.Aaaa })
        {
            var query = DnsQuery.Of("db.example.com", type)!;
            query.IsAnsweredBy(message, 0x1234);
            Assert.InRange(DnsRecords.Addresses(query, parsed.Value, message, out _).Count, 0, DnsRecords.MaxAddresses);
        }
        DnsRecords.Texts(DnsQuery.Of("db.example.com", DnsType.Txt)!, parsed.Value, message);
        DnsRecords.NegativeTtl(parsed.Value, message);
        return (ParseStatus.Done, ParseFault.None, bytes.Slice(0, parsed.Consumed).Length);
    }

    // What it has said of the first bytes it says of more of them too; it consumes nothing
    private static (ParseStatus Status, ParseFault Fault, long Consumed) Sniffed(in ReadOnlySequence<byte> bytes) => ProtocolSniffer.Sniff(bytes) switch
    {
        SniffedProtocol.NeedMore => (ParseStatus.NeedMore, ParseFault.None, 0),
        SniffedProtocol.Unknown => (ParseStatus.Invalid, ParseFault.Syntax, 0),
        _ => (ParseStatus.Done, ParseFault.None, 0),
    };

    // A body is read in pieces; what counts is where it ends, and that no piece is lost between two calls
    private static (ParseStatus Status, ParseFault Fault, long Consumed) Chunks(in ReadOnlySequence<byte> bytes)
    {
        var body = new BodyReader(BodyFraming.Chunked);
        var rest = bytes;
        while (!body.HasEnded)
        {
            var piece = body.Read(rest);
            if (piece.Status != ParseStatus.Done) return (piece.Status, piece.Fault, 0);
            rest = rest.Slice(piece.Consumed);
        }
        return (ParseStatus.Done, ParseFault.None, bytes.Length - rest.Length);
    }

    private static (ParseStatus Status, ParseFault Fault, long Consumed) Credentials(in ReadOnlySequence<byte> bytes)
    {
        var room = new byte[BasicCredentials.MaxLength];
        return (BasicCredentials.TryDecode(bytes, room, out _) ? ParseStatus.Done : ParseStatus.Invalid, ParseFault.None, 0);
    }

    // A field that holds a token, and the set of keys that one may come with
    private static (ParseStatus Status, ParseFault Fault, long Consumed) Token(in ReadOnlySequence<byte> bytes)
    {
        JsonWebKeySet.TryRead(bytes.ToArray(), out _);
        var fault = BearerCredentials.IsBearer(bytes) ? JsonWebToken.TryRead(BearerCredentials.TokenOf(bytes), out var token) : JsonWebToken.TryRead(bytes.ToArray(), out token);
        Assert.Equal(fault == JwtFault.None, token is not null);
        return (token is null ? ParseStatus.Invalid : ParseStatus.Done, ParseFault.None, 0);
    }

    private static IEnumerable<(string Parser, byte[] Bytes)> Read()
    {
        using var stream = typeof(FuzzTests).Assembly.GetManifestResourceStream("corpus.txt")!;
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0 || line[0] == '#') continue;
            var words = line.Split(' ', 2);
            yield return (words[0], words[1][0] == '"'
                ? Encoding.Latin1.GetBytes(words[1][1..].Replace("\\r", "\r").Replace("\\n", "\n").Replace("\\0", "\0"))
                : Convert.FromHexString(words[1]));
        }
    }
}
