using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>The README's second command, where it must stop before it starts.</summary>
public sealed class TestScriptTests
{
    [Fact]
    public async Task Without_the_SDK_it_stops_with_one_line_that_says_so()
    {
        using var folder = new TemporaryFolder();
        // All that it may call before it has looked for the SDK
        foreach (var program in (string[])["dirname", "grep"])
            File.CreateSymbolicLink(Path.Combine(folder.Path, program), Path.Combine("/usr/bin", program));
        var result = await ExternalProgram.RunAsync(
            "/bin/bash", [RepositoryRoot.Of("tests", "run")], new Dictionary<string, string> { ["PATH"] = folder.Path });
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(".NET 10 SDK", Assert.Single(result.Error.TrimEnd('\n').Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--bogus", "unknown option --bogus")]
    [InlineData("--filter", "--filter needs a text")]
    public async Task A_word_that_means_nothing_is_named(string word, string says)
    {
        var result = await ExternalProgram.RunAsync("/bin/bash", [RepositoryRoot.Of("tests", "run"), word]);
        Assert.Equal((2, ""), (result.ExitCode, result.Output));
        Assert.Contains(says, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Its_help_names_every_option()
    {
        var result = await ExternalProgram.RunAsync("/bin/bash", [RepositoryRoot.Of("tests", "run"), "--help"]);
        Assert.Equal(0, result.ExitCode);
        foreach (var option in (string[])["--unit", "--long", "--filter TEXT"])
            Assert.Contains("tests/run " + option, result.Output, StringComparison.Ordinal);
    }
}
