using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Transport;

public sealed class DescriptorReserveTests
{
    [Theory]
    [InlineData(256, 208, 224)]
    [InlineData(700, 613, 629)]
    [InlineData(1024, 896, 912)]
    [InlineData(20_000, 19_872, 19_888)]
    public void Clients_leave_the_last_descriptors_alone(long limit, long connections, long sockets)
    {
        var reserve = new DescriptorReserve(limit);
        Assert.True(reserve.LeavesRoom((nint)connections - 1));
        Assert.False(reserve.LeavesRoom((nint)connections));
        Assert.True(reserve.MayServe((nint)sockets - 1));
        Assert.False(reserve.MayServe((nint)sockets));
    }

    [Fact]
    public void Without_a_limit_there_is_always_room() => Assert.True(DescriptorReserve.None.LeavesRoom(int.MaxValue));
}
