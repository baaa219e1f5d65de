using System.Buffers;
using System.Text;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Http;

/// <summary>RFC 9112 sections 6 and 7: the one reader of bodies, whichever way the bytes are cut.</summary>
public sealed class BodyReaderTests
{
    [Theory]
    [InlineData("0\r\n\r\n", "", "")]
    [InlineData("5\r\nhello\r\n0\r\n\r\n", "hello", "")]
    [InlineData("1\r\nh\r\n4;a=\"b\"\r\nello\r\n000;x\r\n\r\n", "hello", "")]
    [InlineData("A \t;x\r\n0123456789\r\n0\r\nX: 1\r\nY:\r\n\r\n", "0123456789", "X: 1\r\nY:\r\n")]
    [InlineData("2\r\n\r\n\r\n0\r\n\r\n", "\r\n", "")]
    public void Chunks_are_joined(string text, string content, string trailers)
    {
        foreach (var cut in Enumerable.Range(0, text.Length + 1)) Assert.Equal((content, trailers, "behind"), Read(text + "behind", BodyFraming.Chunked, cut));
    }

    [Fact]
    public void A_length_is_counted_and_nothing_behind_it_is_taken()
    {
        foreach (var cut in Enumerable.Range(0, 11)) Assert.Equal(("hello", "", "behind"), Read("hellobehind", BodyFraming.Of(5), cut));
        Assert.True(new BodyReader(BodyFraming.Of(0)).HasEnded);
        Assert.True(new BodyReader(BodyFraming.None).HasEnded);
    }

    [Theory]
    [InlineData("5\nhello\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello0\r\n\r\n")]
    [InlineData("5\r\nhelloX\r\n0\r\n\r\n")]
    [InlineData("5\r\nhello\n0\r\n\r\n")]
    [InlineData("-5\r\nhello\r\n")]
    [InlineData("+5\r\nhello\r\n")]
    [InlineData("0x5\r\nhello\r\n")]
    [InlineData("g\r\nhello\r\n")]
    [InlineData(" 5\r\nhello\r\n")]
    [InlineData("5 \r\nhello\r\n")]
    [InlineData("5 5\r\nhello\r\n")]
    [InlineData("5;a=\nb\r\nhello\r\n")]
    [InlineData("5;a\rb\r\nhello\r\n")]
    [InlineData("5;a\0\r\nhello\r\n")]
    [InlineData("5;a\v\r\nhello\r\n")]
    [InlineData("5;a\u007f\r\nhello\r\n")]
    [InlineData("\r\nhello\r\n")]
    [InlineData(";a\r\nhello\r\n")]
    [InlineData("fffffffffffffffff\r\n")]
    [InlineData("8000000000000000\r\n")]
    [InlineData("0\r\nX: \0\r\n\r\n")]
    [InlineData("0\r\nX : 1\r\n\r\n")]
    [InlineData("0\r\n folded\r\n\r\n")]
    [InlineData("0\r\nX: 1\n\r\n")]
    [InlineData("0\r\nGET / HTTP/1.1\r\n\r\n")]
    public void Broken_chunks_are_refused_however_they_are_cut(string text)
    {
        foreach (var cut in Enumerable.Range(0, text.Length + 1)) Assert.Null(Read(text, BodyFraming.Chunked, cut).Content);
    }

    [Fact]
    public void A_long_extension_is_refused() => Assert.Null(Read("5;" + new string('a', 2000) + "\r\nhello\r\n", BodyFraming.Chunked, 0).Content);

    [Fact]
    public void A_body_until_the_end_takes_everything_and_never_ends_by_itself()
    {
        var body = new BodyReader(BodyFraming.UntilClose);
        var piece = body.Read(Segments.Whole("all of it"u8.ToArray()));
        Assert.Equal(9, piece.Value.Content.Length);
        Assert.False(piece.Value.IsLast || body.HasEnded);
        Assert.True(body.EndsWithConnection);
    }

    /// <summary>Reads with a buffer that first holds a part and then everything that was not consumed; null content where it is refused.</summary>
    private static (string? Content, string Trailers, string Behind) Read(string text, BodyFraming framing, int cut)
    {
        var bytes = Encoding.Latin1.GetBytes(text);
        var body = new BodyReader(framing);
        var (content, trailers) = ("", "");
        var consumed = 0;
        foreach (var end in new[] { cut, bytes.Length })
        {
            while (!body.HasEnded)
            {
                var buffer = Segments.Single(bytes.AsMemory(consumed, Math.Max(0, end - consumed)));
                var piece = body.Read(buffer);
                if (piece.Status == ParseStatus.Invalid) return (null, "", "");
                if (piece.Status == ParseStatus.NeedMore) break;
                content += Encoding.Latin1.GetString(piece.Value.Content.ToArray());
                trailers += Encoding.Latin1.GetString(piece.Value.Trailers.ToArray());
                consumed += (int)buffer.Slice(0, piece.Consumed).Length;
            }
        }
        return (content, trailers, text[consumed..]);
    }

    [Fact]
    public void Content_that_went_another_way_is_stepped_over_and_no_more()
    {
        var counted = new BodyReader(BodyFraming.Of(10));
        counted.Skip(4);
        Assert.Equal(6, counted.Left);
        counted.Skip(6);
        Assert.True(counted.HasEnded);

        var chunked = new BodyReader(BodyFraming.Chunked);
        _ = chunked.Read(new ReadOnlySequence<byte>("a\r\n"u8.ToArray()));
        Assert.Equal(10, chunked.Left);
        Assert.Throws<ArgumentOutOfRangeException>(() => chunked.Skip(11));
        chunked.Skip(10);
        Assert.Equal(0, chunked.Left);
        Assert.True(chunked.Read(new ReadOnlySequence<byte>("\r\n0\r\n\r\n"u8.ToArray())).Value.IsLast);
    }
}
