using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Configuration;

namespace Socks5Egress.Cli;

/// <summary><c>health</c>: asks the gateway beside it, so that an image without a shell has a health check.</summary>
internal sealed class HealthVerb : Verb
{
    public const string VerbName = "health";
    public const string Summary = "Ask the running gateway's /healthz; exit code 0 when it lives";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SettingOptions _settings;
    private LoadedConfiguration? _loaded;

    public HealthVerb()
        : base(VerbName, Summary + ". The address is found as run finds it, in options, variables or the file.") => _settings = new SettingOptions(this);

    public override IReadOnlyList<string> Usage => ["health [--admin ADDR:PORT] [--config FILE]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings =>
        [("Options", [.. Options.Where(option => option.Name is "--admin" or "--config")])];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        _loaded = _settings.Load(parsed, context);
        if (_loaded.Settings is { Admin: null or { Port: 0 } }) return [.. _loaded.Errors, "--admin: off or port 0 cannot be asked"];
        return _loaded.Errors;
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        var admin = _loaded!.Settings!.Admin!;
        // What listens on every address is asked on loopback
        var address = admin.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : admin.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : admin.Address;
        var url = new UriBuilder("http", address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), admin.Port, "/healthz").Uri;
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(url);
            if (answer.IsSuccessStatusCode) return ExitCode.Done;
            context.Error.WriteLine($"{CommandLine.Program}: {url} says {(int)answer.StatusCode}: {(await answer.Content.ReadAsStringAsync()).Trim()}");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            context.Error.WriteLine($"{CommandLine.Program}: {url} does not answer: {exception.Message}");
        }

        return ExitCode.Failed;
    }
}
