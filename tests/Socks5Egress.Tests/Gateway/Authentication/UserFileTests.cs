using System.Runtime.Versioning;
using System.Text;
using Socks5Egress.Gateway.Authentication;
using Xunit;

namespace Socks5Egress.Tests.Gateway.Authentication;

public sealed class UserFileTests
{
    private const string Form = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    [Fact]
    public void Lines_are_users_and_comments_and_empty_lines_are_not()
        => Assert.Equal(["app", "b c", "ü"], Parse($"# who\n\napp:{Form}\r\nb c:{Form}\n  \nü:{Form}").Names.Order(StringComparer.Ordinal));

    [Fact]
    public void A_variable_has_commas_or_newlines_between_users()
    {
        var errors = new List<string>();

        Assert.Equal(3, UserFile.Parse($"a:{Form},b:{Form}\nc:{Form}", UserFile.EnvironmentSeparators, errors).Count);
        Assert.Empty(errors);
    }

    [Theory]
    [InlineData("app", "line 1: there is no colon")]
    [InlineData(":" + Form, "line 1: there is no name")]
    [InlineData("#\na\u0007b:" + Form, "line 2: there is a control character")]
    [InlineData("app:plain", "line 1: user 'app': the stored form begins with neither")]
    [InlineData("app:" + Form + "\napp:" + Form, "line 2: user 'app' is there already")]
    [InlineData("", "there is no user in it")]
    [InlineData("# nobody", "there is no user in it")]
    public void A_wrong_line_is_named_by_its_number(string text, string error)
    {
        var errors = new List<string>();
        UserFile.Parse(text, UserFile.FileSeparators, errors);

        Assert.StartsWith(error, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_longer_than_255_bytes_is_refused()
    {
        var errors = new List<string>();
        Assert.Equal(1, UserFile.Parse(new string('a', 255) + ":" + Form + "\n" + new string('ü', 128) + ":" + Form, UserFile.FileSeparators, errors).Count);

        Assert.Equal("line 2: the name is longer than 255 bytes", Assert.Single(errors));
    }

    [Theory]
    [InlineData("app", true)]
    [InlineData("ü", true)]
    [InlineData("App", false)]
    [InlineData("app ", false)]
    [InlineData("app\0", false)]
    [InlineData("ap", false)]
    [InlineData("", false)]
    public void A_name_is_found_only_as_it_is(string name, bool known)
        => Assert.Equal(known, Parse($"app:{Form}\nü:{Form}").TryFind(Encoding.UTF8.GetBytes(name), out _, out _));

    [Fact]
    public void Bytes_that_are_no_UTF8_are_nobody()
    {
        var users = Parse($"\ufffd:{Form}");

        Assert.True(users.TryFind("\ufffd"u8, out var name, out _));
        Assert.Equal("\ufffd", name);
        Assert.False(users.TryFind([0xFF], out _, out _));
        Assert.False(users.TryFind(new byte[300], out _, out _));
    }

    [UnsupportedOSPlatform("windows")]
    [Theory]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void A_file_that_everybody_can_read_or_write_is_refused_with_the_command_that_helps(UnixFileMode everybody)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, $"app:{Form}");
            var errors = new List<string>();
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.GroupRead);
            Assert.Equal(1, UserFile.Read(file, FilePatience.OfStart, errors).Count);
            Assert.Empty(errors);

            File.SetUnixFileMode(file, UnixFileMode.UserRead | everybody);
            Assert.Equal(0, UserFile.Read(file, FilePatience.OfStart, errors).Count);
            Assert.EndsWith($"run: chmod 640 '{file}'", Assert.Single(errors), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void A_file_that_is_not_there_is_named()
    {
        var errors = new List<string>();
        UserFile.Read("/nowhere/users", FilePatience.OfStart, errors);

        Assert.StartsWith("'/nowhere/users' cannot be read", Assert.Single(errors), StringComparison.Ordinal);
    }

    private static UserList Parse(string text)
    {
        var errors = new List<string>();
        var users = UserFile.Parse(text, UserFile.FileSeparators, errors);
        Assert.Empty(errors);
        return users;
    }
}
