using System.Buffers.Binary;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.Tests.Transport.Linux;

public sealed class TcpInfoTests
{
    [Fact]
    public void Fields_are_where_the_kernel_puts_them()
    {
        var bytes = new byte[TcpInfo.Length];
        bytes[0] = TcpInfo.Closed;
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(24), 3);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(44), 1500);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(56), 2500);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(120), 1L << 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(144), 77);
        Assert.True(TcpInfo.TryRead(bytes, out var info));
        Assert.Equal(new TcpInfo(7, 3, TimeSpan.FromMilliseconds(1500), TimeSpan.FromMilliseconds(2500), 1L << 40, 77), info);
    }

    [Fact]
    public void An_old_kernel_knows_less()
    {
        Assert.True(TcpInfo.TryRead(new byte[104], out var info));
        Assert.Equal((0, 0), (info.BytesAcknowledged, info.BytesNotSent));
        Assert.False(TcpInfo.TryRead(new byte[103], out _));
    }
}
