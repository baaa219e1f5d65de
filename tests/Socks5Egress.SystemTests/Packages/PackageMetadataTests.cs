using System.IO.Compression;
using System.Xml.Linq;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Packages;

/// <summary>What a package tells about itself: icon, read-me, license, project, and symbols beside it.</summary>
public sealed class PackageMetadataTests
{
    [Fact]
    public async Task The_client_package_has_icon_readme_license_project_and_symbols()
    {
        using var folder = new TemporaryFolder();
        var packed = await ExternalProgram.RunAsync("dotnet", ["pack", RepositoryRoot.Of("src", "Socks5Egress.Client"), "-c", "Release", "-o", folder.Path,
            "-p:MinVerSkip=true", "-p:Version=9.9.9", "-p:BaseOutputPath=" + Path.Combine(folder.Path, "bin") + "/", "--nologo"]);
        Assert.True(packed.ExitCode == 0, packed.ToString());
        Assert.True(File.Exists(Path.Combine(folder.Path, "Socks5Egress.Client.9.9.9.snupkg")));
        using var package = ZipFile.OpenRead(Path.Combine(folder.Path, "Socks5Egress.Client.9.9.9.nupkg"));
        using var specification = package.GetEntry("Socks5Egress.Client.nuspec")!.Open();
        var told = XDocument.Load(specification).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.All(["icon", "readme"], name => Assert.NotNull(package.GetEntry(Assert.Single(told[name]))));
        Assert.Equal("MIT", Assert.Single(told["license"]));
        Assert.StartsWith("https://", Assert.Single(told["projectUrl"]), StringComparison.Ordinal);
    }
}
