using Socks5Egress.Configuration;
using Socks5Egress.Hosting;
using Xunit;

namespace Socks5Egress.Tests.Program.Hosting;

public sealed class WatchedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socks5egress-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Content_counts_and_nothing_else()
    {
        var (loaded, file) = Load();
        var files = new WatchedFiles(loaded);
        Assert.False(files.Changed(loaded.Settings!));

        // Whoever writes the same again, or sets a clock, changes nothing
        File.SetLastWriteTimeUtc(file, new DateTime(2001, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.False(files.Changed(loaded.Settings!));
        var before = File.GetLastWriteTimeUtc(file);
        File.WriteAllText(file, """{ "Policy": { "Default": "none" } }""");
        File.SetLastWriteTimeUtc(file, before);
        Assert.True(files.Changed(loaded.Settings!));
        Assert.False(files.Changed(loaded.Settings!));
        File.Delete(file);
        Assert.True(files.Changed(loaded.Settings!));
        Assert.False(files.Changed(loaded.Settings!));
    }

    [Fact]
    public void A_mounted_secret_changes_by_a_link_above_it()
    {
        Directory.CreateDirectory(Path.Combine(_folder, "old"));
        Directory.CreateDirectory(Path.Combine(_folder, "new"));
        File.WriteAllText(Path.Combine(_folder, "old", "gateway.json"), "{}");
        File.WriteAllText(Path.Combine(_folder, "new", "gateway.json"), """{ "Policy": { "Default": "none" } }""");
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data"), "old");
        File.CreateSymbolicLink(Path.Combine(_folder, "gateway.json"), Path.Combine("data", "gateway.json"));
        var (loaded, _) = Load();
        var files = new WatchedFiles(loaded);
        Assert.False(files.Changed(loaded.Settings!));
        Directory.Delete(Path.Combine(_folder, "data"));
        Directory.CreateSymbolicLink(Path.Combine(_folder, "data"), "new");
        Assert.True(files.Changed(loaded.Settings!));
    }

    private (LoadedConfiguration Loaded, string File) Load()
    {
        var file = Path.Combine(_folder, "gateway.json");
        if (!File.Exists(file)) File.WriteAllText(file, "{}");
        var loaded = ConfigurationLoader.Load(new ConfigurationLayer(), file, new Dictionary<string, string>(), onTerminal: false);
        Assert.Empty(loaded.Errors);
        return (loaded, file);
    }
}
