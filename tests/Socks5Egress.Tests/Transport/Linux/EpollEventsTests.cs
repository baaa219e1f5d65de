using System.Runtime.InteropServices;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class EpollEventsTests
{
    [Fact]
    public void An_event_is_packed_on_x86_64_and_aligned_elsewhere()
    {
        var packed = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.X86;
        Assert.Equal(packed ? 12 : 16, EpollEvents.Size);

        var one = new byte[EpollEvents.Size];
        EpollEvents.Write(one, SocketReadiness.In, 0x0102030405060708);
        Assert.Equal(1, one[0]);
        Assert.Equal(8, one[packed ? 4 : 8]);
    }

    [Fact]
    public void What_is_written_is_read_back()
    {
        var one = new byte[EpollEvents.Size];
        EpollEvents.Write(one, SocketReadiness.In | SocketReadiness.EdgeTriggered, ulong.MaxValue - 1);
        Assert.Equal(SocketReadiness.In | SocketReadiness.EdgeTriggered, EpollEvents.ReadinessOf(one));
        Assert.Equal(ulong.MaxValue - 1, EpollEvents.KeyOf(one));
    }
}
