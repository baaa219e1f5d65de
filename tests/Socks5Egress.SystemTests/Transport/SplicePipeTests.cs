using Socks5Egress.Transport;
using Socks5Egress.Transport.Linux;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>Kernel pipes are a luxury: bulk is copied when they would take descriptors that connections need.</summary>
public sealed class SplicePipeTests
{
    [Fact]
    public void There_is_one_where_descriptors_are_plenty_and_none_where_they_are_few()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "splice(2)");
        var pipe = SplicePipe.TryCreate(DescriptorReserve.None);
        Assert.NotNull(pipe);
        pipe.Close();
        Assert.Null(SplicePipe.TryCreate(new DescriptorReserve(0)));
    }

    [Fact]
    public void One_spare_is_kept_and_one_with_bytes_in_it_is_not()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "splice(2)");
        var pipes = new SplicePipes(DescriptorReserve.None);
        var (one, other) = (pipes.Rent()!, pipes.Rent()!);
        Assert.NotSame(one, other);
        pipes.Return(one);
        pipes.Return(other);
        Assert.Same(one, pipes.Rent());
        var fresh = pipes.Rent()!;
        Assert.NotSame(other, fresh);
        one.Close();
        fresh.Close();
    }
}
