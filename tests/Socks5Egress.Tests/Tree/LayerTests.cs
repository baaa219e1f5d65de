using System.Reflection;
using Socks5Egress.Gateway;
using Socks5Egress.Hosting;
using Socks5Egress.Protocol;
using Xunit;

namespace Socks5Egress.Tests.Tree;

/// <summary>The layers inside the projects, as src/README.md draws them: what a folder may know, and no circles.</summary>
public sealed class LayerTests
{
    private const string Root = "(root)";

    /// <summary>The folders of the gateway, each with what it may know. All may know the root: why a session ended, and the log lines.</summary>
    private static readonly Dictionary<string, string[]> Gateway = new()
    {
        [Root] = [],
        ["Policy"] = [],
        ["Listening"] = [],
        ["Relaying"] = [],
        ["Resolving"] = [],
        ["Routing"] = ["Policy"],
        ["Limits"] = ["Routing"],
        ["Dialing"] = ["Policy", "Routing"],
        ["Authentication"] = ["Limits"],
        ["Grants"] = ["Authentication", "Limits", "Policy", "Routing"],
        ["Accounting"] = ["Policy"],
        ["Phases"] = ["Relaying"],
        ["Retiring"] = ["Grants", "Relaying", "Resolving", "Routing"],
        ["Handshake"] = ["Authentication", "Grants"],
        ["Connecting"] = ["Accounting", "Dialing", "Grants", "Limits", "Policy", "Resolving", "Routing"],
        ["Explaining"] = ["Grants", "Policy", "Resolving", "Routing"],
        ["Identity"] = ["Resolving", "Routing"],
        ["Commands"] =
        [
            "Accounting", "Authentication", "Connecting", "Dialing", "Grants", "Handshake", "Limits", "Listening", "Phases", "Policy", "Relaying",
            "Retiring", "Routing",
        ],
        ["Sessions"] = ["Accounting", "Authentication", "Commands", "Grants", "Handshake", "Limits", "Phases", "Policy", "Relaying", "Retiring"],
    };

    private static readonly List<(string From, string To, string Text)> Uses = [.. Arrows(typeof(EndReason).Assembly)];

    public static TheoryData<string> Folders => [.. Gateway.Keys];

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_of_the_gateway_knows_what_its_layer_may_know(string folder)
    {
        string[] known = [folder, Root, .. Gateway[folder]];
        Assert.Empty(Uses.Where(arrow => arrow.From == folder && !known.Contains(arrow.To)).Select(arrow => arrow.Text));
    }

    [Fact]
    public void Every_folder_of_the_gateway_has_a_layer() =>
        Assert.Equal(Gateway.Keys.Order(), typeof(EndReason).Assembly.GetTypes().Select(Folder).OfType<string>().Distinct().Order());

    [Fact]
    public void The_layers_of_the_gateway_have_no_circle() => Assert.Empty(Circle(Gateway.SelectMany(layer => layer.Value.Select(to => (layer.Key, to)))));

    [Fact]
    public void The_folders_of_the_protocols_have_no_circle()
    {
        var arrows = Arrows(typeof(Destination).Assembly).Select(arrow => (arrow.From, arrow.To)).Distinct().ToList();
        Assert.Contains(("Socks5", Root), arrows);
        Assert.Empty(Circle(arrows));
    }

    /// <summary>The types of the program's root are looked at one by one: its entry knows the command line, which knows the exit codes.</summary>
    [Fact]
    public void The_folders_of_the_program_have_no_circle()
    {
        var arrows = TypeArrows.In(typeof(GatewayHost).Assembly).Select(arrow => (From: Node(arrow.From), To: Node(arrow.To)))
            .Where(arrow => arrow.From is not null && arrow.To is not null && arrow.From != arrow.To).Select(arrow => (arrow.From!, arrow.To!)).Distinct().ToList();
        Assert.Contains(("Hosting", "Admin"), arrows);
        Assert.Empty(Circle(arrows));

        static string? Node(Type type) => Folder(type) is not Root and var folder ? folder : type.Name;
    }

    [Fact]
    public void A_circle_is_found() => Assert.Equal(["a", "b"], Circle([("a", "b"), ("b", "a"), ("b", "c"), ("d", "a")]).Order());

    private static IEnumerable<(string From, string To, string Text)> Arrows(Assembly assembly) =>
        from arrow in TypeArrows.In(assembly)
        let @from = Folder(arrow.From)
        let to = Folder(arrow.To)
        where @from is not null && to is not null && @from != to
        select (@from, to, $"{arrow.From.FullName} uses {arrow.To.FullName}");

    /// <summary>The first folder below the project; null for what the compiler made.</summary>
    private static string? Folder(Type type)
    {
        while (type.DeclaringType is { } outer) type = outer;
        var project = type.Assembly.GetName().Name!;
        // The program's file is named in small letters
        if (string.Equals(type.Namespace, project, StringComparison.OrdinalIgnoreCase)) return Root;
        return type.Namespace?.StartsWith(project + ".", StringComparison.OrdinalIgnoreCase) == true ? type.Namespace[(project.Length + 1)..].Split('.')[0] : null;
    }

    /// <summary>The folders that are left when those that know none of the others, or are known by none, are taken away again and again.</summary>
    private static IReadOnlyCollection<string> Circle(IEnumerable<(string From, string To)> arrows)
    {
        var left = arrows.ToList();
        while (left.RemoveAll(arrow => !left.Exists(other => other.From == arrow.To) || !left.Exists(other => other.To == arrow.From)) > 0)
        {
        }
        return [.. left.Select(arrow => arrow.From).Distinct()];
    }
}
