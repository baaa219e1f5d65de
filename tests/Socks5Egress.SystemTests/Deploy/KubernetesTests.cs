using System.Net;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace Socks5Egress.SystemTests.Deploy;

/// <summary>
/// deploy/kubernetes: every object is of a known kind, its selectors, ports and secrets fit together, and the program starts with its words and
/// variables. There is no cluster here: what the API server would say of a misspelt field is not seen.
/// </summary>
public sealed class KubernetesTests
{
    private static readonly Dictionary<string, string> Kinds = new()
    {
        ["Deployment"] = "apps/v1", ["Service"] = "v1", ["PodDisruptionBudget"] = "policy/v1", ["NetworkPolicy"] = "networking.k8s.io/v1",
    };

    public static TheoryData<string> Files => ["gateway.yaml", "sidecar.yaml"];

    [Theory, MemberData(nameof(Files))]
    public void Objects_fit_together(string file)
    {
        var objects = Yaml.Read("kubernetes", file);
        Assert.All(objects, each => Assert.Equal(Kinds[each.At("kind").Text()!], each.At("apiVersion").Text()));
        Assert.All(objects, each => Assert.NotNull(each.At("metadata", "name").Text()));
        foreach (var deployment in objects.Where(each => each.At("kind").Text() == "Deployment"))
        {
            var labels = deployment.At("spec", "template", "metadata", "labels").Entries().Select(Pair).ToHashSet();
            foreach (var selector in objects.Select(Selector).OfType<YamlMappingNode>())
                Assert.Subset(labels, selector.Entries().Select(Pair).ToHashSet());
            Assert.All(Containers(deployment), Fits);
        }
        var ports = objects.SelectMany(Containers).SelectMany(Ports).ToHashSet();
        foreach (var port in objects.SelectMany(each => each.At("spec", "ports").Items()).Select(port => port.At("targetPort").Text()!)) Assert.Contains(port, ports);
    }

    [Theory, MemberData(nameof(Files))]
    public async Task The_program_starts_with_its_words_and_variables(string file)
    {
        var ours = Yaml.Read("kubernetes", file).SelectMany(Containers).Where(each => each.At("image").Text()!.StartsWith("socks5egress:", StringComparison.Ordinal)).ToList();
        foreach (var container in ours)
        {
            await ExampleProgram.WorksAsync(
                [.. container.At("args").Items().Select(word => word.Text()!)],
                container.At("env").Items().ToDictionary(variable => variable.At("name").Text()!, variable => variable.At("value").Text() ?? ""));
        }
        Assert.Single(ours);
    }

    private static IEnumerable<YamlNode> Containers(YamlNode deployment) =>
        deployment.At("spec", "template", "spec", "initContainers").Items().Concat(deployment.At("spec", "template", "spec", "containers").Items());

    private static YamlNode? Selector(YamlNode each) => each.At("kind").Text() switch
    {
        "Service" => each.At("spec", "selector"),
        "NetworkPolicy" => each.At("spec", "podSelector", "matchLabels"),
        _ => each.At("spec", "selector", "matchLabels"),
    };

    private static (string, string?) Pair((string Key, YamlNode Value) entry) => (entry.Key, entry.Value.Text());

    private static IEnumerable<string> Ports(YamlNode container) => container.At("ports").Items().Select(port => port.At("name").Text()!);

    private static void Fits(YamlNode container)
    {
        foreach (var probe in (string[])["startupProbe", "readinessProbe", "livenessProbe"])
            if (container.At(probe) is { } checks) Assert.Contains(checks.At("httpGet", "port").Text()!, Ports(container));
        foreach (var secret in container.At("env").Items().Select(variable => variable.At("valueFrom", "secretKeyRef")).OfType<YamlNode>())
            Assert.Equal("socks5egress", secret.At("name").Text());
        // What a port is called leads to where the program listens
        var variables = container.At("env").Items().ToDictionary(variable => variable.At("name").Text()!, variable => variable.At("value").Text());
        foreach (var port in container.At("ports").Items())
        {
            var listens = port.At("name").Text() switch
            {
                "socks" => variables["SOCKS5EGRESS_Listen"],
                "admin" => variables["SOCKS5EGRESS_Admin"],
                _ => container.At("args").Items().SkipWhile(word => word.Text() != "--health").Skip(1).First().Text(),
            };
            Assert.Equal(port.At("containerPort").Text(), IPEndPoint.Parse(listens!).Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }
    }
}
