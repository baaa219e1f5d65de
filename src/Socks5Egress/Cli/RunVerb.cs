using System.CommandLine;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;
using Socks5Egress.Hosting;

namespace Socks5Egress.Cli;

/// <summary><c>run</c>: the gateway.</summary>
internal sealed class RunVerb : Verb
{
    public const string VerbName = "run";
    public const string Summary = "Run the gateway";

    private readonly SettingOptions _settings;
    private LoadedConfiguration? _loaded;

    public RunVerb()
        : base(VerbName, Summary + ": accept clients, judge where they want to go, and dial from here.")
        => _settings = new SettingOptions(this);

    public override IReadOnlyList<string> Usage => ["[run] [OPTIONS]"];

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Headings => _settings.Headings;

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress", "For programs on this machine, on 127.0.0.1:1080"),
        ("socks5egress run --listen [::]:1080 --users users.txt --bind 198.51.100.7", "For others, who log in, leaving from one address"),
        ("socks5egress run --default none --allow db.example.com:5432", "Nothing but one database"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        _loaded = _settings.Load(parsed, context);
        return _loaded.Errors;
    }

    public override Task<int> RunAsync(ParseResult parsed, CommandContext context)
        => GatewayHost.RunAsync(new ConfigurationSource(_loaded!, () => _settings.Load(parsed, context, FilePatience.OfReload)), CancellationToken.None);
}
