using System.Net;
using Socks5Egress.SystemTests.Harness;
using Socks5Egress.SystemTests.Identity;
using Socks5Egress.SystemTests.Interop;
using Socks5Egress.SystemTests.Release;
using Xunit;

namespace Socks5Egress.SystemTests.Packages;

/// <summary>The packages as a stranger gets them: packed, restored by a project outside the tree, and used.</summary>
public sealed class PackageTests(EgressSetup setup, MadeRelease made)
{
    private const string Version = MadeRelease.Version;

    [Fact]
    public async Task A_scratch_project_restores_the_packages_and_reaches_a_database()
    {
        using var folder = new TemporaryFolder();
        var server = await setup.ServerAsync();
        Directory.CreateDirectory(Path.Combine(folder.Path, "app"));
        folder.Write("app/app.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <EnableAotAnalyzer>true</EnableAotAnalyzer>
                <RestorePackagesPath>{folder.Path}/restored</RestorePackagesPath>
                <RestoreAdditionalProjectSources>{await made.PackagesAsync()}</RestoreAdditionalProjectSources>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Socks5Egress.Client.Npgsql" Version="{Version}" />
                <PackageReference Include="Socks5Egress.Client.StackExchangeRedis" Version="{Version}" />
              </ItemGroup>
            </Project>
            """);
        folder.Write("app/Program.cs", $$"""
            using Socks5Egress.Client;
            using Socks5Egress.Client.Npgsql;
            using Socks5Egress.Client.StackExchangeRedis;

            if (args is ["get", var url])
            {
                using var http = new HttpClient();
                Console.WriteLine(await http.GetStringAsync(url));
                return;
            }

            var client = new Socks5Client(Socks5Proxy.ParseList(args[0]));
            await using var forwarder = Socks5Forwarder.Start(client, "localhost", {{server.Port}});
            await using var database = forwarder.CreateNpgsqlDataSource("Username={{PostgresServer.User}};Password={{PostgresServer.Password}};Database=postgres;SSL Mode=VerifyFull;Root Certificate={{server.CertificateFile}}");
            await using var command = database.CreateCommand("select host(inet_client_addr())");
            Console.WriteLine(await command.ExecuteScalarAsync() + " " + new Socks5Tunnel(client));
            """);
        await DotnetAsync("build", Path.Combine(folder.Path, "app"), "-c", "Release", "-v", "q");

        var gateway = SocksProxy.Of(await setup.GatewayAsync("auto"));
        var app = Path.Combine(folder.Path, "app", "bin", "Release", "net10.0", "app");
        var ran = await ExternalProgram.RunAsync(app, [gateway.Url]);
        Assert.True(ran.ExitCode == 0, ran.ToString());
        Assert.Equal($"127.0.0.77 {gateway.Url}", ran.Output.Trim());

        // What an editor shows beside each member travels with it
        foreach (var document in (string[])["socks5egress.client", "socks5egress.client.npgsql", "socks5egress.client.stackexchangeredis"])
            Assert.NotEmpty(Directory.GetFiles(Path.Combine(folder.Path, "restored", document, Version, "lib"), "*.xml", SearchOption.AllDirectories));
        await NETs_own_ALL_PROXY(app);
    }

    /// <summary>Why the docs warn: it is no fault of the gateway's, and this shows the day when .NET mends it.</summary>
    private static async Task NETs_own_ALL_PROXY(string app)
    {
        await using var site = await EchoServer.StartAsync(IPAddress.Loopback);
        using var dead = new DeadGateway();
        var taken = await ExternalProgram.RunAsync(app, ["get", site.Url], AllProxy(dead.Proxy.Url));
        Assert.True(taken.ExitCode != 0, taken.ToString());
        // The same gateway, as down as before: this one never asked it
        var ignored = await ExternalProgram.RunAsync(app, ["get", site.Url], AllProxy(dead.Proxy.Url.Replace("socks5:", "socks5h:", StringComparison.Ordinal)));
        Assert.Equal((0, "127.0.0.1", ""), (ignored.ExitCode, ignored.Output.Trim(), ignored.Error));

        static Dictionary<string, string> AllProxy(string url) => new() { ["ALL_PROXY"] = url, ["NO_PROXY"] = "" };
    }

    private static async Task DotnetAsync(params string[] words)
    {
        var result = await ExternalProgram.RunAsync("dotnet", [.. words, "--nologo"], new Dictionary<string, string> { ["MSBUILDDISABLENODEREUSE"] = "1" });
        Assert.True(result.ExitCode == 0, result.ToString());
    }
}
