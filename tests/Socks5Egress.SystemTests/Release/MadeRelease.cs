using Socks5Egress.SystemTests.Harness;
using Xunit;

[assembly: AssemblyFixture(typeof(Socks5Egress.SystemTests.Release.MadeRelease))]

namespace Socks5Egress.SystemTests.Release;

/// <summary>
/// A release, made by its script as a maintainer would. <c>tests/run</c> makes it before the tests, because the system tests run its
/// program, and names its folder in <c>RELEASE_UNDER_TEST</c>; a run of some tests makes it when the first of them asks.
/// </summary>
public sealed class MadeRelease : IDisposable
{
    public const string Version = "9.8.7-test.1";

    private readonly TemporaryFolder _own = new();
    private readonly Lazy<Task<string>> _folder;

    public MadeRelease() => _folder = new(FindOrMakeAsync);

    /// <summary>The folder that the script wrote.</summary>
    public Task<string> FolderAsync() => _folder.Value;

    /// <summary>The folder with the NuGet packages.</summary>
    public async Task<string> PackagesAsync() => Path.Combine(await FolderAsync(), "packages");

    public void Dispose() => _own.Dispose();

    private async Task<string> FindOrMakeAsync()
    {
        if (Environment.GetEnvironmentVariable("RELEASE_UNDER_TEST") is { Length: > 0 } made) return made;
        var folder = Path.Combine(_own.Path, "release");
        using var deadline = Deadline.Token(TimeSpan.FromMinutes(20));
        var told = await Tool.RunAsync(RepositoryRoot.Of("deploy", "release"), ["--version", Version, "--output", folder], deadline.Token);
        Assert.Equal(Version, told.Trim());
        return folder;
    }
}
