namespace Socks5Egress.SystemTests.Harness;

/// <summary>Where the sources lie: the tests start what was built there.</summary>
internal static class RepositoryRoot
{
    public static string Path { get; } = Find();

    public static string Of(params string[] parts) => System.IO.Path.Combine([Path, .. parts]);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "Socks5Egress.sln"))) return folder.FullName;
        throw new InvalidOperationException("Socks5Egress.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
