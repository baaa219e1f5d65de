using System.Net.Sockets;
using Socks5Egress.Gateway.Listening;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Listening;

public sealed class AcceptFailuresTests
{
    [Theory]
    [InlineData(SocketError.ConnectionAborted, "Connection")]
    [InlineData(SocketError.NetworkUnreachable, "Connection")]
    [InlineData(SocketError.TooManyOpenSockets, "Resource")]
    [InlineData(SocketError.NoBufferSpaceAvailable, "Resource")]
    [InlineData(SocketError.SystemNotReady, "Resource")]
    // EPROTO and ENONET, for which .NET has no name
    [InlineData(SocketError.SocketError, "Connection")]
    [InlineData(SocketError.OperationAborted, "Closed")]
    public void A_failure_falls_into_one_of_three_tiers(SocketError error, string tier) =>
        Assert.Equal(tier, AcceptFailures.Classify(error).ToString());

    [Fact]
    public void The_wait_doubles_from_5_ms_to_1_s()
    {
        var waits = new List<double>();
        for (var wait = AcceptFailures.Next(TimeSpan.Zero); waits.Count < 10; wait = AcceptFailures.Next(wait)) waits.Add(wait.TotalMilliseconds);
        Assert.Equal([5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000], waits);
    }
}
