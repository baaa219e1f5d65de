using System.IO.Compression;
using System.Xml.Linq;
using Socks5Egress.SystemTests.Release;
using Xunit;

namespace Socks5Egress.SystemTests.Packages;

/// <summary>What a package tells about itself: icon, read-me, license, project, and symbols beside it.</summary>
public sealed class PackageMetadataTests(MadeRelease made)
{
    [Fact]
    public async Task The_client_package_has_icon_readme_license_project_and_symbols()
    {
        var folder = await made.PackagesAsync();
        Assert.True(File.Exists(Path.Combine(folder, $"Socks5Egress.Client.{MadeRelease.Version}.snupkg")));
        using var package = ZipFile.OpenRead(Path.Combine(folder, $"Socks5Egress.Client.{MadeRelease.Version}.nupkg"));
        using var specification = package.GetEntry("Socks5Egress.Client.nuspec")!.Open();
        var told = XDocument.Load(specification).Descendants().ToLookup(element => element.Name.LocalName, element => element.Value);
        Assert.All(["icon", "readme"], name => Assert.NotNull(package.GetEntry(Assert.Single(told[name]))));
        Assert.Equal("MIT", Assert.Single(told["license"]));
        Assert.StartsWith("https://", Assert.Single(told["projectUrl"]), StringComparison.Ordinal);
    }
}
