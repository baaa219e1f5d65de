using System.Net.Sockets;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class ErrnoTests
{
    [Theory]
    [InlineData(0, SocketError.Success)]
    [InlineData(1, SocketError.AccessDenied)]
    [InlineData(11, SocketError.WouldBlock)]
    [InlineData(13, SocketError.AccessDenied)]
    [InlineData(22, SocketError.InvalidArgument)]
    [InlineData(23, SocketError.TooManyOpenSockets)]
    [InlineData(24, SocketError.TooManyOpenSockets)]
    [InlineData(32, SocketError.Shutdown)]
    [InlineData(98, SocketError.AddressAlreadyInUse)]
    [InlineData(99, SocketError.AddressNotAvailable)]
    [InlineData(101, SocketError.NetworkUnreachable)]
    [InlineData(104, SocketError.ConnectionReset)]
    [InlineData(110, SocketError.TimedOut)]
    [InlineData(111, SocketError.ConnectionRefused)]
    [InlineData(113, SocketError.HostUnreachable)]
    [InlineData(4095, SocketError.SocketError)]
    public void An_error_number_has_the_name_that_the_framework_gives_it(int errno, SocketError expected) =>
        Assert.Equal(expected, Errno.ToSocketError(errno));
}
