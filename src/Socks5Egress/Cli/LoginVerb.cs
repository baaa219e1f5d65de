using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Socks5Egress.Client;
using Socks5Egress.Configuration;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Cli;

/// <summary><c>login</c>: exchanges the workload's token for a user and password, for clients that have SOCKS only.</summary>
internal sealed class LoginVerb : Verb
{
    public const string VerbName = "login";
    public const string Summary = "Exchange the workload's token for a user and password, for clients that have SOCKS only";

    private static readonly TimeSpan Most = TimeSpan.FromHours(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Option<string[]> _via = new("--via") { HelpName = "URL", Description = "The gateway, with login=SOURCE: socks5[+tls]://host:port?login=fly|github|gitlab|file:PATH|command:WORDS" };
    private readonly Option<string> _for = new("--for") { HelpName = "DURATION", Description = "How long the password holds, at most 1h; 10m when not said" };
    private readonly Option<bool> _json = new("--json") { Arity = ArgumentArity.Zero, Description = "Print user, password and expires as JSON" };
    private TimeSpan? _time;
    private List<Socks5Proxy> _gateways = [];

    public LoginVerb()
        : base(VerbName, Summary + ". The password has at most 255 bytes. It holds on every gateway with the same --login-key, else on the one that issued it until that restarts.")
    {
        foreach (var option in (Option[])[_via, _for, _json]) Options.Add(option);
    }

    public override IReadOnlyList<string> Usage => ["login --via URL [--for 10m] [--json]"];

    public override IReadOnlyList<(string Call, string Does)> Examples =>
    [
        ("socks5egress login --via 'socks5+tls://gw.example.com:1443?login=github' --json", "User, password and when they end, in a job of GitHub Actions"),
    ];

    public override IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        var faults = new List<string>();
        _gateways = ViaParser.ReadGateways(parsed.GetValue(_via), context, faults);
        if (_gateways.Count > 1) faults.Add("--via: name one gateway");
        if (_gateways is [{ Login: null }]) faults.Add("--via: it says no login=; add ?login=fly, github, gitlab, file:PATH or command:WORDS");
        if (parsed.GetValue(_for) is { } text)
        {
            if (DurationParser.Parse(text, out var time) is { } fault) faults.Add("--for: " + fault);
            else if (time < TimeSpan.FromSeconds(1) || time > Most) faults.Add("--for: must be from 1s to 1h");
            else _time = time;
        }
        return faults;
    }

    public override async Task<int> RunAsync(ParseResult parsed, CommandContext context)
    {
        var gateway = _gateways[0];
        var failures = new Socks5Errors(gateway, "a login");
        using var limit = new CancellationTokenSource(Patience);
        Exception? last = null;
        try
        {
            foreach (var address in await Dns.GetHostAddressesAsync(gateway.Host, limit.Token))
            {
                try
                {
                    return Print(await gateway.Passwords!.BuyAsync(new IPEndPoint(address, gateway.Port), _time, failures, limit.Token), IsGiven(parsed, _json), context);
                }
                catch (Socks5Exception fault) when (fault.Stage == Socks5Stage.Connect)
                {
                    last = fault;
                }
            }
        }
        catch (Exception fault) when (fault is Socks5Exception or OperationCanceledException or SocketException)
        {
            last = fault switch
            {
                SocketException socket => failures.NotResolved(socket),
                OperationCanceledException => failures.TooSlow(Socks5Stage.Authenticate, Patience),
                _ => fault,
            };
        }
        context.Error.WriteLine($"{CommandLine.Program}: {last?.Message}");
        return ExitCode.Failed;
    }

    private static int Print(BoughtPassword bought, bool isJson, CommandContext context) => context.Print(output =>
    {
        var (who, expires) = (bought.Credentials, bought.Expires.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture));
        if (isJson)
        {
            output.WriteLine(new JsonObject { ["user"] = who.UserName, ["password"] = who.Password, ["expires"] = expires, ["valid_at"] = bought.ValidAt }.ToJsonString());
            return;
        }
        output.WriteLine($"user      {who.UserName}");
        output.WriteLine($"password  {who.Password}");
        output.WriteLine($"expires   {expires}");
        output.WriteLine($"valid at  {bought.ValidAt}");
    });
}
