using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Cli;

/// <summary>The scripts of <c>completion</c>, in the shells that they are for.</summary>
public sealed class CompletionTests
{
    [Theory]
    [InlineData("socks5egress for", "forward")]
    [InlineData("socks5egress --lis", "--listen")]
    [InlineData("socks5egress egress al", "allocate")]
    [InlineData("socks5egress egress allocate --reg", "--region")]
    [InlineData("socks5egress run --log js", "json")]
    [InlineData("socks5egress completion z", "zsh")]
    [InlineData("socks5egress help exp", "explain")]
    [InlineData("socks5egress forward -- --vi", "")]
    public async Task Bash_completes_verbs_options_and_values(string typed, string expected)
    {
        var words = typed.Split(' ');
        var script = $"source <({GatewayProcess.Executable} completion bash); COMP_WORDS=({string.Join(' ', words.Select(word => $"'{word}'"))}); COMP_CWORD={words.Length - 1}; "
            + "_socks5egress; echo \"${COMPREPLY[*]}\"";
        var result = await ExternalProgram.RunAsync("bash", ["-c", script]);
        Assert.Equal((expected, ""), (result.Output.Trim(), result.Error));
    }

    [Theory]
    [InlineData("socks5egress for", "forward")]
    [InlineData("socks5egress egress al", "allocate")]
    [InlineData("socks5egress egress allocate --reg", "--region")]
    [InlineData("socks5egress run --log js", "json")]
    [InlineData("socks5egress --lis", "--listen")]
    public async Task Fish_completes_them_too(string typed, string expected)
    {
        var result = await ExternalProgram.RunAsync("fish", ["--no-config", "-c", $"{GatewayProcess.Executable} completion fish | source; complete -C '{typed}'"]);
        Assert.Contains(result.Output.Split('\n'), line => line.Split('\t')[0] == expected);
    }

    /// <summary>zsh completes at a prompt alone: its script is read without fault, and defines what it registers.</summary>
    [Fact]
    public async Task Zsh_reads_its_script()
    {
        var result = await ExternalProgram.RunAsync(
            "zsh", ["-f", "-c", $"autoload -U compinit; compinit -u -D; source <({GatewayProcess.Executable} completion zsh); whence -w _socks5egress; echo $_comps[socks5egress]"]);
        Assert.Equal(("_socks5egress: function\n_socks5egress\n", ""), (result.Output, result.Error));
    }
}
