using Socks5Egress.Gateway.Authentication;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

public sealed class PrivateFileTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    public PrivateFileTests() => File.WriteAllText(_path, "text");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData(0x1a0, true, true)] // 640
    [InlineData(0x180, true, true)] // 600
    [InlineData(0x1a4, false, true)] // 644
    [InlineData(0x1a2, false, false)] // 642
    [InlineData(0x1b6, false, false)] // 666
    [InlineData(0x1b4, false, true)] // 664
    public void Who_else_may_read_or_write_decides(int mode, bool secret, bool trusted)
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(_path, (UnixFileMode)mode);
        Check(secret, PrivateFile.Read(_path, FilePatience.OfStart, out var text), text);
        Check(trusted, PrivateFile.ReadTrusted(_path, FilePatience.OfStart, out text), text);

        void Check(bool legal, string? fault, string read)
        {
            Assert.Equal((legal ? "text" : "", legal), (read, fault is null));
            if (!legal) Assert.Contains("by every user of this machine; run: chmod", fault, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_file_counts_and_not_the_link_to_it()
    {
        if (OperatingSystem.IsWindows()) return;
        File.SetUnixFileMode(_path, UnixFileMode.UserRead);
        var link = _path + ".link";
        File.CreateSymbolicLink(link, _path);
        try
        {
            Assert.Null(PrivateFile.Read(link, FilePatience.OfStart, out _));
        }
        finally
        {
            File.Delete(link);
        }
    }
}
