using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>What the pages tell people to type works.</summary>
public sealed class CommandTests(DocumentedPlace place)
{
    public static TheoryData<string, string> Commands => [.. DocumentedCommands.Here];

    [Theory, MemberData(nameof(Commands))]
    public async Task A_command_of_the_pages_works(string command, string page)
    {
        var result = await place.RunAsync(command);
        Assert.True(result.ExitCode == 0, $"{page}: {command}\n{result}");
    }

    [Fact]
    public void Every_exception_is_needed() => Assert.Empty(DocumentedCommands.Needless);

    [Fact]
    public void Commands_are_found_as_they_are_typed()
    {
        string[] page = ["a `b`", "```sh", "# nothing", "one --two     # three", "four \\", "  five", "", "```", "```json", "{}", "```", "```sh", "six", "```"];
        Assert.Equal(["one --two", "four five", "six"], DocumentedCommands.In(page));
    }
}
