using System.Buffers;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Xunit;

namespace Socks5Egress.Tests.Protocol.Socks5;

public class UserPasswordTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(5, 0)]
    [InlineData(0, 5)]
    [InlineData(0, 0)]
    [InlineData(40, 60)]
    [InlineData(255, 255)]
    public void What_a_client_writes_a_server_reads(int usernameLength, int passwordLength)
    {
        byte[] username = [.. Enumerable.Range(7, usernameLength).Select(i => (byte)i)];
        byte[] password = [.. Enumerable.Range(90, passwordLength).Select(i => (byte)(i * 3))];
        var bytes = new byte[UserPassword.MaxLength];
        var length = UserPassword.Write(bytes, username, password);
        Assert.Equal([1, (byte)usernameLength, .. username, (byte)passwordLength, .. password], bytes[..length]);
        ReaderContract.Reads<UserPassword>(UserPassword.Read, bytes[..length], credentials =>
        {
            Assert.Equal(username, credentials.Username.ToArray());
            Assert.Equal(password, credentials.Password.ToArray());
        });
    }

    [Fact]
    public void A_NUL_and_a_blank_are_bytes_like_any_other() =>
        ReaderContract.Reads<UserPassword>(UserPassword.Read, [1, 3, (byte)'a', 0, (byte)'b', 2, (byte)' ', 0], credentials =>
        {
            Assert.Equal("a\0b"u8, credentials.Username.ToArray());
            Assert.Equal(" \0"u8, credentials.Password.ToArray());
        });

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    public void Another_version_is_refused_at_the_first_byte(byte version) =>
        ReaderContract.Refuses<UserPassword>(UserPassword.Read, [version, 1, 65, 1, 66], 1, ParseFault.Version);

    [Fact]
    public void A_value_longer_than_its_count_can_say_is_not_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => UserPassword.Write(new byte[999], new byte[256], []));
        Assert.Throws<ArgumentOutOfRangeException>(() => UserPassword.Write(new byte[999], [], new byte[256]));
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(false, 1)]
    public void The_status_written_is_the_status_read(bool succeeded, byte status)
    {
        var bytes = new byte[UserPasswordStatus.Length];
        Assert.Equal(2, UserPasswordStatus.Write(bytes, succeeded));
        Assert.Equal([1, status], bytes);
        ReaderContract.Reads<UserPasswordStatus>(UserPasswordStatus.Read, bytes, read => Assert.Equal(succeeded, read.Succeeded));
    }

    [Fact]
    public void Any_status_but_00_is_a_failure() =>
        ReaderContract.Reads<UserPasswordStatus>(UserPasswordStatus.Read, [1, 0xFF], read => Assert.False(read.Succeeded));

    [Fact]
    public void A_status_of_another_version_is_refused() =>
        ReaderContract.Refuses<UserPasswordStatus>(UserPasswordStatus.Read, [5, 0], 1, ParseFault.Version);
}
