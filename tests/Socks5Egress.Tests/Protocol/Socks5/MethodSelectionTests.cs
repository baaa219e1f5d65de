using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class MethodSelectionTests
{
    [Theory]
    [InlineData(AuthMethod.None)]
    [InlineData(AuthMethod.UserPassword)]
    [InlineData(AuthMethod.NoneAcceptable)]
    public void The_method_written_is_the_method_read(object expected)
    {
        var method = (AuthMethod)expected;
        var bytes = new byte[MethodSelection.Length];
        Assert.Equal(2, MethodSelection.Write(bytes, method));
        Assert.Equal([5, (byte)method], bytes);
        ReaderContract.Reads<MethodSelection>(MethodSelection.Read, bytes, selection => Assert.Equal(method, selection.Method));
    }

    [Fact]
    public void Another_version_is_refused_at_the_first_byte() =>
        ReaderContract.Refuses<MethodSelection>(MethodSelection.Read, [4, 0], 1, ParseFault.Version);
}
