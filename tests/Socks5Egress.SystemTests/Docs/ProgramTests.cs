using System.Globalization;
using System.Security;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Docs;

/// <summary>Every program that the pages show compiles without a warning, against the packages that it names.</summary>
public sealed class ProgramTests
{
    private static readonly string[] Packages =
    [
        "Npgsql.EntityFrameworkCore.PostgreSQL 10.0.3", "MySqlConnector 2.6.2", "Microsoft.Data.SqlClient 7.1.1", "MongoDB.Driver 3.14.0",
        "MailKit 4.18.2", "Microsoft.Extensions.Hosting 10.0.15", "Microsoft.Extensions.Http 10.0.15", "StackExchange.Redis 3.4.35",
    ];

    private static readonly string[] Projects = ["Socks5Egress.Client", "Socks5Egress.Protocol", "Socks5Egress.Client.Npgsql", "Socks5Egress.Client.Extensions", "Socks5Egress.Client.StackExchangeRedis"];

    [Fact]
    public async Task They_compile()
    {
        var programs = DocumentedPrograms.All.ToList();
        foreach (var name in (string[])["Npgsql", "Microsoft.EntityFrameworkCore", "MySqlConnector", "Microsoft.Data.SqlClient", "StackExchange.Redis", "MongoDB.Driver", "IHttpClientFactory", "MailKit.Net.Smtp"])
            Assert.Contains(programs, program => program.Text.Contains(name, StringComparison.Ordinal));
        await CompileAsync(programs, Packages, Projects, aot: false);
    }

    [Fact]
    public Task What_is_said_to_be_fit_for_NativeAOT_gives_no_warning() => CompileAsync(
        [Assert.Single(DocumentedPrograms.All, program => program.Text.StartsWith(DocumentedPrograms.Aot, StringComparison.Ordinal))],
        [], ["Socks5Egress.Client", "Socks5Egress.Protocol"], aot: true);

    private static async Task CompileAsync(List<(string Page, string Text)> programs, string[] packages, string[] projects, bool aot)
    {
        using var folder = new TemporaryFolder();
        for (var i = 0; i < programs.Count; i++)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"Documented{i}");
            folder.Write(name + ".cs", DocumentedPrograms.AsClass(name, programs[i].Page, programs[i].Text));
        }
        folder.Write("documented.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
                <IsAotCompatible>{(aot ? "true" : "false")}</IsAotCompatible>
                <SatelliteResourceLanguages>en</SatelliteResourceLanguages>
              </PropertyGroup>
              <ItemGroup>
            {string.Join('\n', packages.Select(package => $"    <PackageReference Include=\"{package.Split(' ')[0]}\" Version=\"{package.Split(' ')[1]}\" />"))}
            {string.Join('\n', projects.Select(project => $"    <Reference Include=\"{SecurityElement.Escape(Built(project))}\" />"))}
              </ItemGroup>
            </Project>
            """);
        var built = await ExternalProgram.RunAsync("dotnet", ["build", folder.Path, "-v", "q", "--nologo"]);
        Assert.True(built.ExitCode == 0, built.ToString());
    }

    // What the tests themselves run with: building the projects once more would write where others read
    private static string Built(string project) => Path.Combine(AppContext.BaseDirectory, project + ".dll");
}
