using System.CommandLine;
using Socks5Egress.Client;
using Socks5Egress.Fly.Watch;
using Socks5Egress.Gateway.Identity.Probes;
using Socks5Egress.LocalForward;

namespace Socks5Egress.Cli.Fly;

/// <summary><c>--via</c> and <c>--probe</c>: how the addresses that are really seen are asked for.</summary>
internal sealed class EgressViaOptions
{
    private readonly Option<string> _via = new("--via") { HelpName = "URL", Description = "A gateway of the app, to see through which addresses it leaves. The password may stand in SOCKS5EGRESS_PASSWORD" };
    private readonly Option<string[]> _probes = new("--probe")
    {
        HelpName = "URL", Arity = ArgumentArity.OneOrMore, Description = "An echo service to ask through it; repeatable. [default: " + string.Join(", ", ViaEcho.Defaults) + "]",
    };

    /// <summary>The gateway, or null when none was named.</summary>
    public Socks5Client? Client { get; private set; }

    /// <summary>What asks through it.</summary>
    public ViaEcho? Echo { get; private set; }

    public void AddTo(Command command)
    {
        command.Options.Add(_via);
        command.Options.Add(_probes);
    }

    /// <returns>What is wrong, a sentence each.</returns>
    public List<string> Read(ParseResult parsed, CommandContext context)
    {
        var faults = new List<string>();
        var probes = new List<Uri>();
        foreach (var text in parsed.GetValue(_probes) is { Length: > 0 } given ? given : ViaEcho.Defaults)
        {
            var fault = ProbeText.Parse(text, out var probe);
            if (fault is not null) faults.Add("--probe: " + fault);
            else if (probe!.Scheme == "dns") faults.Add($"--probe: '{text}' cannot be asked through a gateway; write https://HOST/PATH");
            else probes.Add(probe);
        }

        if (ViaParser.Given(parsed.GetValue(_via) is { } option ? [option] : null, context.Environment) is not [var (via, writtenAs), ..]) return faults;
        if (ViaParser.Parse(via, context.Environment, out var gateways) is { } broken) return [.. faults, $"{writtenAs}: {broken}"];
        if (writtenAs == "--via") ViaParser.Warn(via, context);
        Client = new Socks5Client(gateways);
        Echo = new ViaEcho(Client, probes);
        return faults;
    }
}
