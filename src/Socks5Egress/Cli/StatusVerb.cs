using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.Json;
using Socks5Egress.Admin;
using Socks5Egress.Configuration;

namespace Socks5Egress.Cli;

/// <summary><c>status</c>: the status page in the terminal, where there is no browser and no shell.</summary>
internal sealed class StatusVerb : Verb
{
    public const string VerbName = "status";
    public const string Summary = "Show sessions, refusals, limits and identity of the running gateway";

    private readonly Option<bool> _watch = new("--watch") { Arity = ArgumentArity.Zero, Description = "Show it anew every second, until a signal" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print JSON" };
    private readonly SettingOptions _settings;
    private AdminAsk? _gateway;

    public StatusVerb()
        : base(VerbName, Summary + $". The admin address is found as run finds it, in options, variables or the file; {AdminAsk.Variable} names another.")
    {
        Options.Add(_watch);
        Options.Add(_json);
        _settings = new SettingOptions(this);
    }

    public override IReadOnlyList<string> Usage => ["status [--watch | --json] [--admin ADDR:PORT] [--admin-token-file FILE] [--config FILE]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings =>
        [("Options", [_watch, _json, .. Options.Where(option => option.Name is "--admin" or "--admin-token-file" or "--config")])];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress status", "On the gateway's machine"),
        ("fly ssh console --app egress --pty --command '/app/socks5egress status --watch'", "In an image without a shell, on Fly.io"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        if (IsGiven(parsed, _watch) && IsGiven(parsed, _json)) yield return "--watch: has no meaning beside --json; call status --json as often as you like";
        var loaded = _settings.Load(parsed, context);
        foreach (var error in loaded.Errors) yield return error;
        if (loaded.Settings is not { } settings) yield break;
        // An option that stands on the command line goes before the variable, as everywhere
        var named = parsed.GetResult("--admin") is System.CommandLine.Parsing.OptionResult { Implicit: false } ? new Dictionary<string, string>() : context.Environment;
        _gateway = AdminAsk.Of(settings.AdminAccess, named, out var fault);
        if (fault is not null) yield return fault;
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        using var gateway = _gateway!;
        if (IsGiven(parsed, _watch)) return await WatchAsync(gateway, context);
        var (body, fault) = await gateway.GetAsync("/status", CancellationToken.None);
        if (body is not null && IsGiven(parsed, _json)) return context.Print(output => output.WriteLine(body));
        var report = Read(body, gateway, ref fault);
        if (report is not null) return context.Print(output => StatusText.Write(output, report, TimeProvider.System.GetUtcNow()));
        context.Error.WriteLine($"{CommandLine.Program}: {fault}");
        return ExitCode.Failed;
    }

    /// <summary>A gateway that is restarted is waited for: who watches at night must not have to type it again.</summary>
    private static async Task<int> WatchAsync(AdminAsk gateway, CommandContext context)
    {
        using var stop = new CancellationTokenSource();
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        try
        {
            await LiveScreen.RunAsync(context, TextAsync, stop.Token);
        }
        catch (IOException e)
        {
            context.Error.WriteLine($"{CommandLine.Program}: standard output cannot be written: {e.Message}");
            return ExitCode.Failed;
        }

        return ExitCode.Done;

        async Task<string> TextAsync(CancellationToken cancellation)
        {
            var (body, fault) = await gateway.GetAsync("/status", cancellation);
            using var text = new StringWriter { NewLine = "\n" };
            if (Read(body, gateway, ref fault) is { } report) StatusText.Write(text, report, TimeProvider.System.GetUtcNow());
            else text.WriteLine(fault);
            return text.ToString();
        }

        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    private static StatusReport? Read(string? body, AdminAsk gateway, ref string? fault)
    {
        if (body is null) return null;
        try
        {
            if (JsonSerializer.Deserialize(body, StatusJson.Default.StatusReport) is { } report) return report;
        }
        catch (JsonException)
        {
            // Said below
        }

        fault = $"{gateway.Place} answers something that is no status: check that a gateway of this version has its admin address there";
        return null;
    }
}
