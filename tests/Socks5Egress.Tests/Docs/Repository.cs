namespace Socks5Egress.Tests.Docs;

/// <summary>The sources that these tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    public static string Read(params string[] path) => File.ReadAllText(Path.Combine([Root, .. path]));

    /// <summary>Every file of this ending that is the project's own, by its path from the root.</summary>
    public static IEnumerable<string> Files(string under, string pattern) =>
        Directory.EnumerateFiles(Path.Combine(Root, under), pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules" or ".git" or "BenchmarkDotNet.Artifacts"));

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Socks5Egress.sln"))) return folder.FullName;
        throw new InvalidOperationException("Socks5Egress.sln is in no folder above " + AppContext.BaseDirectory);
    }
}
