using System.Security.Cryptography;
using System.Text;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

public sealed class HashPasswordTests
{
    [Theory]
    [InlineData("s3cret\n", "s3cret")]
    [InlineData("s3cret", "s3cret")]
    [InlineData(" s3cret \n\n", " s3cret \n")]
    [InlineData("pä\u0000ss\r\n", "pä\u0000ss\r")]
    public async Task A_password_is_hashed_as_it_was_typed_less_one_newline(string input, string password)
    {
        var result = await Cli.RunAsync(["hash-password"], input);

        Assert.Equal((0, ""), (result.ExitCode, result.Error));
        var parts = result.Output.TrimEnd('\n').Split(':');
        Assert.Equal(("pbkdf2-sha256", "600000"), (parts[0], parts[1]));
        Assert.Equal(
            Convert.ToBase64String(Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), Convert.FromBase64String(parts[2]), 600_000, HashAlgorithmName.SHA256, 32)),
            parts[3]);
    }

    [Fact]
    public async Task A_token_is_hashed_as_sha256sum_does()
    {
        var result = await Cli.RunAsync(["hash-password", "--token"], "abc\n");

        Assert.Equal("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n", result.Output);
    }

    [Fact]
    public async Task An_empty_password_is_a_failure()
    {
        var result = await Cli.RunAsync(["hash-password"], "\n");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
    }

    [Fact]
    public async Task A_password_that_ends_in_NUL_is_refused_since_its_hash_would_not_tell()
    {
        var result = await Cli.RunAsync(["hash-password"], "secret\0\n");

        Assert.Equal((1, ""), (result.ExitCode, result.Output));
        Assert.Contains("NUL", result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_is_never_an_argument() => await Cli.RefusedAsync(["hash-password", "s3cret"]);
}
