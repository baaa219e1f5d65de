using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class GreetingTests
{
    [Fact]
    public void The_methods_listed_are_offered_and_no_other()
    {
        byte[] methods = [0x00, 0x02, 0x7F, 0x80, 0xFE, 0x02];
        ReaderContract.Reads<Greeting>(Greeting.Read, [5, 6, .. methods], greeting =>
        {
            for (int method = 0; method < 256; method++)
                Assert.Equal(methods.Contains((byte)method), greeting.Offers((AuthMethod)method));
        });
    }

    [Fact]
    public void No_methods_is_a_greeting_that_offers_nothing() =>
        ReaderContract.Reads<Greeting>(Greeting.Read, [5, 0], greeting =>
            Assert.DoesNotContain(Enumerable.Range(0, 256), method => greeting.Offers((AuthMethod)method)));

    [Fact]
    public void A_count_of_255_is_read_whole()
    {
        byte[] methods = [.. Enumerable.Range(1, 255).Select(i => (byte)i)];
        ReaderContract.Reads<Greeting>(Greeting.Read, [5, 255, .. methods], greeting =>
        {
            Assert.False(greeting.Offers(AuthMethod.None));
            Assert.True(greeting.Offers(AuthMethod.NoneAcceptable));
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(6)]
    [InlineData(0x16)]
    [InlineData('G')]
    public void Another_version_is_refused_at_the_first_byte(byte version) =>
        ReaderContract.Refuses<Greeting>(Greeting.Read, [version, 1, 0], 1, ParseFault.Version);

    [Fact]
    public void What_a_client_writes_a_server_reads()
    {
        var bytes = new byte[Greeting.MaxLength];
        var length = Greeting.Write(bytes, [AuthMethod.None, AuthMethod.UserPassword]);
        Assert.Equal([5, 2, 0, 2], bytes[..length]);
    }

    [Fact]
    public void More_than_255_methods_are_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Greeting.Write(new byte[600], new AuthMethod[256]));
}
