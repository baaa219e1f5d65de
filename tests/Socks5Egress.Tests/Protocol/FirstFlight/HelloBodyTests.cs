using System.Text;
using Socks5Egress.Protocol.FirstFlight;
using Xunit;

namespace Socks5Egress.Tests.Protocol.FirstFlight;

/// <summary>What a ClientHello and a ServerHello say in clear.</summary>
public sealed class HelloBodyTests
{
    private static bool Reads(byte[] message, out ClientHello hello) => ClientHello.TryRead(message.AsSpan(4), out hello);

    [Fact]
    public void Name_and_protocols_are_read_past_grease()
    {
        Assert.True(Reads(Hellos.Client([Hellos.Grease, Hellos.Name("Db.Example.com"), Hellos.Protocols([0x0A, 0x0A], [.. "h2"u8], [.. "http/1.1"u8])]), out var hello));
        Assert.Equal(new ClientHello("Db.Example.com", "h2,http/1.1", false), hello);
    }

    [Fact]
    public void An_encrypted_hello_shows_its_outer_name()
    {
        Assert.True(Reads(Hellos.Client([Hellos.Name("relay.example"), Hellos.Extension(0xFE0D, [0, 1, 2])]), out var hello));
        Assert.Equal(new ClientHello("relay.example", "", true), hello);
    }

    [Fact]
    public void A_name_is_kept_as_it_was_sent()
    {
        Assert.True(Reads(Hellos.Client([Hellos.Name("a\0b.example.")]), out var hello));
        Assert.Equal("a\0b.example.", hello.Sni);
    }

    [Fact]
    public void A_hello_without_extensions_has_no_name()
    {
        byte[] body = [3, 1, .. new byte[32], 0, 0, 2, 0, 0x2F, 1, 0];
        Assert.True(ClientHello.TryRead(body, out var hello));
        Assert.Equal(new ClientHello(null, "", false), hello);
    }

    public static TheoryData<string, byte[]> Odd => new()
    {
        { "SSL 3.0", Hellos.Client([], version: 0x0300) },
        { "two names", Hellos.Client([Hellos.Extension(0, Hellos.Vector16([0, 0, 1, 65, 0, 0, 1, 66]))]) },
        { "the extension twice", Hellos.Client([Hellos.Name("a.example"), Hellos.Name("b.example")]) },
        { "an empty name", Hellos.Client([Hellos.Name("")]) },
        { "an empty list", Hellos.Client([Hellos.Extension(0, [0, 0])]) },
        { "bytes after the list", Hellos.Client([Hellos.Extension(0, [.. Hellos.Vector16([0, 0, 1, 65]), 0])]) },
        { "a name beyond its list", Hellos.Client([Hellos.Extension(0, Hellos.Vector16([0, 0, 9, 65]))]) },
        { "an empty protocol", Hellos.Client([Hellos.Protocols([])]) },
        { "no suites", Hellos.Client([], suites: []) },
        { "suites that encrypt nothing", Hellos.Client([], suites: [0x0000, 0x003B, 0xC0B4, 0x00FF, 0x1A1A]) },
        { "no compression", Hellos.Client([], compressions: []) },
        { "bytes after the message", [.. Hellos.Client([]), 0] },
        { "too many extensions", Hellos.Client([.. Enumerable.Range(1000, 300).Select(type => Hellos.Extension((ushort)type, []))]) },
    };

    [Theory, MemberData(nameof(Odd))]
    public void A_malformed_hello_is_none(string why, byte[] message) => Assert.False(Reads(message, out _), why);

    [Fact]
    public void A_hello_that_is_cut_is_none()
    {
        var message = Hellos.Client([Hellos.Grease, Hellos.Name("db.example.com"), Hellos.Protocols([.. "h2"u8])]);
        for (var length = 4; length < message.Length; length++)
        {
            // Before its extensions begin it may end
            Assert.Equal(length == 4 + 2 + 32 + 33 + 2 + 8 + 2, Reads(message[..length], out _));
        }
    }

    [Theory]
    [InlineData(0x0303, 0x0304, "1.3")]
    [InlineData(0x0303, null, "1.2")]
    [InlineData(0x0302, null, "1.1")]
    [InlineData(0x0301, null, "1.0")]
    public void The_version_is_what_the_server_selected(int version, int? selected, string expected)
    {
        Assert.True(ServerHello.TryRead(Hellos.Server((ushort)version, (ushort?)selected).AsSpan(4), out var hello));
        Assert.Equal(new ServerHello(expected, true), hello);
    }

    [Theory]
    [InlineData(0x003B)]
    [InlineData(0xC0B5)]
    [InlineData(0x0000)]
    public void A_suite_that_encrypts_nothing_is_told(int suite)
    {
        Assert.True(ServerHello.TryRead(Hellos.Server(suite: (ushort)suite).AsSpan(4), out var hello));
        Assert.False(hello.IsEncrypting);
    }

    [Fact]
    public void Spoilt_hellos_are_read_as_a_second_slow_reader_reads_them()
    {
        var random = new Random(8446);
        byte[][] samples =
        [
            Hellos.Client([Hellos.Grease, Hellos.Name("db.example.com"), Hellos.Protocols([.. "h2"u8], [.. "x"u8])]), Hellos.Client([]),
            Hellos.Client([Hellos.Extension(0xFE0D, [1]), Hellos.Name("a")]),
        ];
        var (read, refused) = (0, 0);
        for (var round = 0; round < 20_000; round++)
        {
            List<byte> body = [.. samples[round % samples.Length].AsSpan(4)];
            for (var edits = random.Next(3); edits > 0; edits--)
            {
                var at = random.Next(body.Count);
                if (random.Next(3) == 0) body.RemoveAt(at);
                else if (random.Next(2) == 0) body.Insert(at, (byte)random.Next(4));
                else body[at] = (byte)random.Next(256);
            }
            var expected = SlowHello.Read(body);
            var known = ClientHello.TryRead(body.ToArray(), out var hello);
            Assert.Equal(expected, known ? hello : null);
            if (known) read++;
            else refused++;
        }
        Assert.True(read > 1000 && refused > 1000);
    }

    /// <summary>The same rule, written with lists and exceptions.</summary>
    private static class SlowHello
    {
        private static readonly int[] Clear =
            [0, 1, 2, 0x2C, 0x2D, 0x2E, 0x3B, 0xB0, 0xB1, 0xB4, 0xB5, 0xB8, 0xB9, 0xC001, 0xC006, 0xC00B, 0xC010, 0xC015, 0xC039, 0xC03A, 0xC03B, 0xC0B4, 0xC0B5, 0xFF, 0x5600];

        public static ClientHello? Read(List<byte> body)
        {
            var left = new Queue<byte>(body);
            try
            {
                if (left.Dequeue() != 3 || left.Dequeue() == 0) return null;
                Take(left, 32);
                if (Take(left, left.Dequeue()).Count > 32) return null;
                var suites = Take(left, Two(left));
                if (suites.Count == 0 || suites.Count % 2 == 1 || !suites.Chunk(2).Any(pair => Encrypts(pair[0] << 8 | pair[1]))) return null;
                if (Take(left, left.Dequeue()).Count == 0) return null;
                if (left.Count == 0) return new ClientHello(null, "", false);
                var extensions = new Queue<byte>(Take(left, Two(left)));
                return left.Count == 0 ? Extensions(extensions) : null;
            }
            catch (InvalidOperationException)
            {
                return null;
            }
        }

        private static ClientHello? Extensions(Queue<byte> left)
        {
            var found = new Dictionary<int, List<byte>>();
            while (left.Count > 0)
            {
                var type = Two(left);
                if (!found.TryAdd(type, Take(left, Two(left)))) return null;
            }
            string? name = null;
            if (found.TryGetValue(0, out var names))
            {
                var list = List(names);
                while (list.Count > 0)
                {
                    var type = list.Dequeue();
                    var text = Take(list, Two(list));
                    if (text.Count == 0) return null;
                    if (type != 0) continue;
                    if (name is not null || text.Count > 255) return null;
                    name = Encoding.Latin1.GetString([.. text]);
                }
            }
            List<string> protocols = [];
            if (found.TryGetValue(16, out var offered))
            {
                var list = List(offered);
                while (list.Count > 0)
                {
                    var text = Take(list, list.Dequeue());
                    if (text.Count == 0) return null;
                    if (text.All(each => each is > 0x20 and < 0x7F and not (byte)',')) protocols.Add(Encoding.ASCII.GetString([.. text]));
                }
            }
            return new ClientHello(name, string.Join(',', protocols), found.ContainsKey(0xFE0D));
        }

        private static Queue<byte> List(List<byte> data)
        {
            var left = new Queue<byte>(data);
            var list = Take(left, Two(left));
            return left.Count == 0 && list.Count > 0 ? new Queue<byte>(list) : throw new InvalidOperationException();
        }

        private static bool Encrypts(int suite) => !Clear.Contains(suite) && !((suite & 0x0F0F) == 0x0A0A && suite >> 8 == (suite & 0xFF));

        private static int Two(Queue<byte> left) => left.Dequeue() << 8 | left.Dequeue();

        private static List<byte> Take(Queue<byte> left, int count)
        {
            List<byte> taken = [];
            while (count-- > 0) taken.Add(left.Dequeue());
            return taken;
        }
    }
}
