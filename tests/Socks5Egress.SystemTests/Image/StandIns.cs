using System.Runtime.Versioning;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.Image;

/// <summary>
/// What takes the place of the two base images where no registry can be reached: a minimal Debian with the SDK of this
/// machine, and the few libraries that the chiselled image holds, without a shell. Both carry this machine's
/// certificates, because a restore inside would trust nobody otherwise.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class StandIns
{
    private const string Bundle = "etc/ssl/certs/ca-certificates.crt";

    private const string Suite = "bookworm";

    private static readonly string[] Libraries =
    [
        "libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "librt.so.1", "libresolv.so.2", "libnss_dns.so.2",
        "libnss_files.so.2", "libgcc_s.so.1", "libstdc++.so.6", "libz.so.1", "libssl.so.3", "libcrypto.so.3",
    ];

    /// <summary>Makes and tags both.</summary>
    /// <param name="buildah">Where they go.</param>
    /// <param name="folder">Scratch space, about 300 MB.</param>
    /// <param name="sdk">The name in the first FROM line.</param>
    /// <param name="runtime">The name in the last one.</param>
    public static async Task MakeAsync(Buildah buildah, string folder, string sdk, string runtime, CancellationToken cancellation)
    {
        var debian = Path.Combine(folder, "debian");
        await Tool.RunAsync(
            "debootstrap",
            ["--variant=minbase", "--include=ca-certificates,libssl3,libstdc++6,zlib1g", Suite, debian, await MirrorAsync(cancellation)],
            cancellation);
        File.Copy(HostBundle, Path.Combine(debian, Bundle), overwrite: true);

        // The SDK itself is mounted while building: copying it would take 600 MB and a minute
        await buildah.ImportAsync(
            debian, sdk,
            ["SSL_CERT_FILE=/" + Bundle, "DOTNET_ROOT=" + Buildah.Sdk, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1", "DOTNET_NOLOGO=1",
             "DOTNET_CLI_TELEMETRY_OPTOUT=1", "PATH=" + Buildah.Sdk + ":/usr/sbin:/usr/bin:/sbin:/bin", .. NuGetVariables],
            cancellation);

        var chiselled = Path.Combine(folder, "chiselled");
        CopyRuntime(debian, chiselled);
        await buildah.ImportAsync(chiselled, runtime, ["SSL_CERT_FILE=/" + Bundle], cancellation);
    }

    /// <summary>Where this machine's own apt has that suite from.</summary>
    private static async Task<string> MirrorAsync(CancellationToken cancellation)
    {
        var known = await Tool.RunAsync("apt-get", ["indextargets", "--format", "$(REPO_URI) $(CODENAME)"], cancellation);
        return known.Split('\n').First(line => line.EndsWith(" " + Suite, StringComparison.Ordinal)).Split(' ')[0];
    }

    private static string HostBundle => Environment.GetEnvironmentVariable("SSL_CERT_FILE") ?? "/" + Bundle;

    private static IEnumerable<string> NuGetVariables =>
        Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => ((string)variable.Key).StartsWith("NUGET_CERT", StringComparison.Ordinal))
            .Select(variable => variable.Key + "=" + variable.Value);

    private static void CopyRuntime(string debian, string chiselled)
    {
        const string Lib = "lib/x86_64-linux-gnu";
        foreach (var folder in new[] { Lib, "lib64", "etc/ssl/certs", "tmp" }) Directory.CreateDirectory(Path.Combine(chiselled, folder));
        foreach (var library in Libraries)
        {
            var source = new[] { Lib, "usr/" + Lib }.Select(folder => Path.Combine(debian, folder, library)).First(File.Exists);
            File.Copy(source, Path.Combine(chiselled, Lib, library));
        }

        File.Copy(Path.Combine(debian, Lib, "ld-linux-x86-64.so.2"), Path.Combine(chiselled, "lib64/ld-linux-x86-64.so.2"));
        File.Copy(Path.Combine(debian, Bundle), Path.Combine(chiselled, Bundle));
        File.WriteAllText(Path.Combine(chiselled, "etc/passwd"), "app:x:1654:1654::/:/bin/false\n");
        File.SetUnixFileMode(Path.Combine(chiselled, "tmp"), (UnixFileMode)0b1_111_111_111);
    }
}
