using Xunit;

namespace Socks5Egress.SystemTests.Deploy;

/// <summary>deploy/compose/compose.yaml: every service of ours starts with its words, and what it names is there.</summary>
public sealed class ComposeTests
{
    public static TheoryData<string> Services => [.. Ours()];

    [Theory, MemberData(nameof(Services))]
    public async Task The_command_of_a_service_works(string name)
    {
        var service = Yaml.Read("compose", "compose.yaml")[0].At("services", name);
        await ExampleProgram.WorksAsync(
            [.. service.At("command").Items().Select(word => word.Text()!)],
            service.At("environment").Entries().ToDictionary(entry => entry.Key, entry => entry.Value.Text()!));
    }

    [Fact]
    public void Services_that_are_named_exist()
    {
        var services = Yaml.Read("compose", "compose.yaml")[0].At("services").Entries().ToDictionary(entry => entry.Key, entry => entry.Value);
        foreach (var (name, service) in services)
        {
            Assert.True(service.At("image") is not null, name);
            Assert.All(service.At("depends_on").Items(), other => Assert.Contains(other.Text()!, services.Keys));
            if (service.At("network_mode").Text()?.Split(':') is ["service", var host]) Assert.Contains(host, services.Keys);
        }
        Assert.Equal(["gateway", "forward"], Ours());
    }

    private static IEnumerable<string> Ours() => Yaml.Read("compose", "compose.yaml")[0].At("services").Entries()
        .Where(entry => entry.Value.At("image").Text() == "socks5egress").Select(entry => entry.Key);
}
