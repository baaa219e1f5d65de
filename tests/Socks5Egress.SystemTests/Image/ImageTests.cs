using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Image;

/// <summary>
/// The Dockerfile as it stands, really built and run. It takes a minute or two: most of it is the native compilation.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed partial class ImageTests
{
    private const string Image = "localhost/socks5egress-under-test";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task The_image_builds_holds_one_file_and_serves_as_a_user_that_is_not_root()
    {
        foreach (var tool in new[] { "buildah", "debootstrap" })
            Assert.SkipUnless(Tool.Exists(tool), tool + " is not installed: the image was not built (Debian: apt-get install " + tool + ")");
        Assert.SkipUnless(Environment.UserName == "root", "the image was not built: debootstrap and buildah --isolation chroot need root");

        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(Patience);
        var repository = Repository();
        var bases = BaseImages(File.ReadAllText(Path.Combine(repository, "Dockerfile")));
        var folder = Directory.CreateTempSubdirectory("socks5egress-image-").FullName;
        var buildah = new Buildah(folder);
        try
        {
            await StandIns.MakeAsync(buildah, folder, bases[0], bases[^1], deadline.Token);
            await buildah.BuildAsync(repository, Image, deadline.Token);
            await VerifyConfigurationAsync(buildah, deadline.Token);
            var (container, mount) = await buildah.CreateAsync(Image, deadline.Token);
            var file = Assert.Single(Directory.EnumerateFileSystemEntries(Path.Combine(mount, "app")));
            Assert.Equal("socks5egress", Path.GetFileName(file));

            var start = await MeasureStartAsync(file, deadline.Token);
            var resident = await ServeAsync(buildah, container, deadline.Token);
            Report($"image: executable {Mebibytes(new FileInfo(file).Length)} MiB on top of the base image {bases[^1]}, " +
                $"ready {start.TotalMilliseconds:F0} ms after exec, {Mebibytes(resident)} MiB resident when idle");
        }
        finally
        {
            await buildah.ClearAsync();
        }
    }

    /// <summary>The images that stages start from; written out in full, so that a stand-in can take the name.</summary>
    private static string[] BaseImages(string dockerfile)
    {
        var images = FromLine().Matches(dockerfile).Select(match => match.Groups[1].Value).ToArray();
        Assert.Equal(2, images.Length);
        Assert.All(images, image => Assert.DoesNotContain('$', image));
        return images;
    }

    private static async Task VerifyConfigurationAsync(Buildah buildah, CancellationToken cancellation)
    {
        var configuration = await buildah.ConfigurationAsync(Image, cancellation);
        Assert.Equal("/app/socks5egress", Assert.Single(configuration.GetProperty("Entrypoint").EnumerateArray()).GetString());
        Assert.True(uint.TryParse(configuration.GetProperty("User").GetString(), out var user) && user > 0, "USER is no number, or root");
        Assert.Equal("CMD", configuration.GetProperty("Healthcheck").GetProperty("Test")[0].GetString());
    }

    /// <summary>From exec to "ready", the same file outside of the container: buildah's own start would drown it. Median of five.</summary>
    private static async Task<TimeSpan> MeasureStartAsync(string executable, CancellationToken cancellation)
    {
        var times = new List<TimeSpan>();
        for (int i = 0; i < 5; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await using var gateway = await RunningGateway.StartAsync(executable, [], cancellation);
            times.Add(Stopwatch.GetElapsedTime(began));
        }

        times.Sort();
        return times[2];
    }

    /// <returns>The resident memory of the idle gateway in the container, bytes.</returns>
    private static async Task<long> ServeAsync(Buildah buildah, string container, CancellationToken cancellation)
    {
        await using var gateway = await RunningGateway.StartAsync(
            "buildah", buildah.Run(container, "/app/socks5egress"), cancellation);
        await buildah.RunAsync(
            buildah.Run(container, "/app/socks5egress", "health", "--admin", gateway.Admin)[4..], cancellation);
        var process = gateway.FindProcess("socks5egress");
        Assert.NotEqual(0u, process.User);
        return process.Resident;
    }

    private static string Repository()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Dockerfile"))) folder = folder.Parent ?? throw new FileNotFoundException("Dockerfile");
        return folder.FullName;
    }

    private static string Mebibytes(long bytes) => (bytes / 1048576.0).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>Both ways: the runner shows the first only for a failed test, and the second only when it runs alone.</summary>
    private static void Report(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        Console.WriteLine(line);
    }

    [GeneratedRegex(@"(?m)^FROM (\S+)")]
    private static partial Regex FromLine();
}
