using System.Text.Json;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Image;

/// <summary>Debian's buildah with a store of its own, so that nothing of this test stays on the machine or meets its images.</summary>
internal sealed class Buildah(string folder)
{
    /// <summary>Where the SDK lies, on this machine and inside the build stage.</summary>
    public static string Sdk { get; } = Path.GetDirectoryName(
        File.ResolveLinkTarget("/usr/bin/dotnet", returnFinalTarget: true)?.FullName ?? "/usr/share/dotnet/dotnet")!;

    private static string NuGetConfiguration =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget/NuGet");

    private string[] Store => ["--root", Path.Combine(folder, "store"), "--runroot", Path.Combine(folder, "run")];

    /// <summary>An image from a folder's files.</summary>
    public async Task ImportAsync(string files, string name, IEnumerable<string> environment, CancellationToken cancellation)
    {
        var container = (await RunAsync(["from", "scratch"], cancellation)).Trim();
        await RunAsync(["add", "--quiet", container, files, "/"], cancellation);
        await RunAsync(["config", .. environment.SelectMany(variable => new[] { "--env", variable }), container], cancellation);
        await RunAsync(["commit", "--quiet", "--rm", container, name], cancellation);
    }

    /// <summary>Builds the Dockerfile of a folder, with nothing fetched from a registry of images.</summary>
    public Task BuildAsync(string context, string name, CancellationToken cancellation)
    {
        string[] configuration = Directory.Exists(NuGetConfiguration) ? ["--volume", NuGetConfiguration + ":/root/.nuget/NuGet:ro"] : [];
        return RunAsync(
            ["build", "--isolation", "chroot", "--pull-never", "--format", "docker", "--volume", Sdk + ":" + Sdk + ":ro", .. configuration,
             "--tag", name, context],
            cancellation);
    }

    /// <summary>A container of an image, its files mounted.</summary>
    public async Task<(string Name, string Mount)> CreateAsync(string image, CancellationToken cancellation)
    {
        var name = (await RunAsync(["from", "--pull-never", image], cancellation)).Trim();
        return (name, (await RunAsync(["mount", name], cancellation)).Trim());
    }

    /// <summary>How the image wants to be run: the "config" part of its description.</summary>
    public async Task<JsonElement> ConfigurationAsync(string image, CancellationToken cancellation)
    {
        using var description = JsonDocument.Parse(await RunAsync(["inspect", "--type", "image", image], cancellation));
        return description.RootElement.GetProperty("Docker").GetProperty("config").Clone();
    }

    /// <summary>The arguments that run a program inside, as the image's user, on this machine's network.</summary>
    public string[] Run(string container, params string[] command) =>
        [.. Store, "run", "--isolation", "chroot", container, "--", .. command];

    public Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellation) =>
        Tool.RunAsync("buildah", [.. Store, .. arguments], cancellation);

    /// <summary>Unmounts and removes everything.</summary>
    public async Task ClearAsync()
    {
        await RunAsync(["rm", "--all"], CancellationToken.None);
        await RunAsync(["rmi", "--all", "--force"], CancellationToken.None);
        Directory.Delete(folder, recursive: true);
    }
}
