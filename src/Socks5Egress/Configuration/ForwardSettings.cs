using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using Socks5Egress.Gateway.Commands.PortForward;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Gateway.Routing;

namespace Socks5Egress.Configuration;

/// <summary>One static forward: where it listens, for whom, and where it leads.</summary>
internal sealed record ForwardSettings
{
    private const string Key = "Forwards";

    private static readonly ListSetting<(IPEndPoint Listen, ImmutableArray<ForwardTarget> Targets)> ForwardSetting = new(Key, "--forward",
        "LISTEN=HOST:PORT[,HOST:PORT...]", null,
        "Listen, and lead every connection to one of these targets without a protocol (repeatable), or with sni:NAME[,*.SUFFIX...] to the one that its TLS hello names; the file can say more", ForwardParser.Parse)
    {
        SplitsAtComma = false,
    };

    private static readonly Setting<TimeSpan> IntervalSetting = Part<TimeSpan>("Interval", "2s", ForwardParser.ParseInterval);
    private static readonly Setting<int> RiseSetting = Part<int>("Rise", "2", ForwardParser.ParseCount);
    private static readonly Setting<int> FallSetting = Part<int>("Fall", "3", ForwardParser.ParseCount);
    private static readonly Setting<IPEndPoint?> ListenSetting = Part<IPEndPoint?>("Listen", null, ForwardParser.ParseListen);
    private static readonly Setting<TimeSpan?> IdleSetting = Part<TimeSpan?>("IdleTimeout", null, ForwardParser.ParseDuration);
    private static readonly Setting<TimeSpan?> KeepAliveSetting = Part<TimeSpan?>("KeepAlive", null, ForwardParser.ParseKeepAlive);

    private static readonly Setting<ForwardPreset?> PresetSetting = Part("Preset", null,
        Choice.Of([.. ForwardPreset.All.Select(preset => (preset.Name, (ForwardPreset?)preset))]));

    private static readonly Setting<TargetOrder> OrderSetting = Part("Order", "least",
        Choice.Of(("least", TargetOrder.Least), ("ordered", TargetOrder.Ordered)));

    private static readonly Setting<TargetCheckKind?> CheckSetting = Part("Check", null, Choice.Of<TargetCheckKind?>(
        ("off", TargetCheckKind.Off), ("tcp", TargetCheckKind.Tcp), ("postgres", TargetCheckKind.Postgres)));

    private static readonly Setting<TlsMode> RequireTlsSetting = Part("RequireTls", null, PolicySettings.RequireTlsChoice);

    private static readonly Setting<SentHeader> SendProxySetting = Part("SendProxy", "off",
        Choice.Of(("off", SentHeader.Off), ("v1", SentHeader.Version1), ("v2", SentHeader.Version2)));

    public static SettingGroup Group { get; } = new("Static forwards", [ForwardSetting]);

    /// <summary>Where to listen. Port 0 picks one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>The name of <see cref="Listen"/> as it was written, for an error.</summary>
    public required string WrittenAs { get; init; }

    /// <summary>Each target as a rule that allows exactly it.</summary>
    public required ImmutableArray<Rule> Rules { get; init; }

    public required ForwardOptions Options { get; init; }

    /// <summary>Silence that ends a session; null: as <c>--idle-timeout</c> says.</summary>
    public required TimeSpan? IdleTimeout { get; init; }

    /// <summary>What becomes of plaintext; null: as <c>--require-tls</c> says.</summary>
    public TlsMode? RequiresTls { get; init; }

    /// <summary>How long its sessions may go on.</summary>
    public SessionTerms Terms { get; init; } = SessionTerms.None;

    /// <summary>Who may connect; empty: everybody.</summary>
    public required ImmutableArray<Cidr> Clients { get; init; }

    /// <summary>Every connection begins with a PROXY protocol header, which names the real client.</summary>
    public required bool RequiresProxyHeader { get; init; }

    /// <summary>Whose header counts; empty: everybody's.</summary>
    public required ImmutableArray<Cidr> ProxySenders { get; init; }

    /// <summary>Anybody's does though other machines can connect.</summary>
    private bool IsOpenToSenders { get; init; }

    /// <summary>TLS that clients speak to the forward, which ends here; null: bytes are passed on as they are.</summary>
    public required TlsSettings? Tls { get; init; }

    /// <summary>The forwards of the highest level that has any: texts like those of <c>--forward</c>, or the objects of the file.</summary>
    /// <param name="reader">Where they come from.</param>
    /// <param name="general">What holds for clients where a forward does not say otherwise.</param>
    /// <param name="noAuth">Everybody may be served who can connect.</param>
    public static ImmutableArray<ForwardSettings> Read(SettingsReader reader, ListenerSettings general, bool noAuth)
    {
        var forwards = ReadAll(reader, general);
        foreach (var forward in forwards)
        {
            if (forward is { Options.Names: not null, Clients.IsEmpty: true, Tls: not { ClientAuthorities.Count: > 0 } } && Exposure.IsOpen(forward.Listen))
                reader.Refuse(forward.WrittenAs, Exposure.OfNames(forward.Listen));
            else if (!noAuth && forward is { Clients.IsEmpty: true, Tls: not { ClientAuthorities.Count: > 0 } } && Exposure.IsOpen(forward.Listen))
                reader.Refuse(forward.WrittenAs, Exposure.OfForward(forward.Listen));
            if (forward.IsOpenToSenders) reader.Refuse(forward.WrittenAs, ListenerSettings.AnySender(forward.Listen));
        }
        return forwards;
    }

    private static ImmutableArray<ForwardSettings> ReadAll(SettingsReader reader, ListenerSettings general)
    {
        if (!reader.Has(Key) || reader.HoldsTexts(Key))
        {
            return [.. reader.Read(ForwardSetting).Where(forward => !forward.Value.Targets.IsDefaultOrEmpty).Select(forward => Of(
                forward.Value.Listen, forward.Value.Targets, forward.WrittenAs, general))];
        }
        return [.. reader.Sections(Key).Select(section => ReadSection(reader, section, general)).OfType<ForwardSettings>()];
    }

    private static ForwardSettings Of(IPEndPoint listen, ImmutableArray<ForwardTarget> targets, string writtenAs, ListenerSettings general) => new()
    {
        Listen = listen,
        WrittenAs = writtenAs,
        Rules = [.. targets.Select(target => target.Rule)],
        Options = new ForwardOptions
        {
            Targets = [.. targets.Select(target => target.Destination)],
            Names = SniTargets.Names(targets),
            Check = targets is [{ IsName: false }, _, ..] ? TargetCheckKind.Tcp : TargetCheckKind.Off,
        },
        IdleTimeout = null,
        Clients = general.Clients,
        RequiresProxyHeader = general.RequiresProxyHeader,
        ProxySenders = general.ProxySenders,
        IsOpenToSenders = general.OpenToSenders(listen),
        Tls = general.Tls,
    };

    private static ForwardSettings? ReadSection(SettingsReader reader, string section, ListenerSettings general)
    {
        var listen = reader.Read(In(ListenSetting, section), out var writtenAs);
        if (writtenAs.Length == 0) reader.Refuse(section.Replace(':', '.'), "there is no Listen; add \"Listen\": \"ADDR:PORT\"");
        var preset = reader.Read(In(PresetSetting, section));
        var targets = ReadTargets(reader, section, listen?.Port ?? 0, preset);
        var check = reader.Read(In(CheckSetting, section)) ?? (targets is [{ IsName: false }, _, ..] ? preset?.Check ?? TargetCheckKind.Tcp : TargetCheckKind.Off);
        var options = new ForwardOptions
        {
            Targets = [.. targets.Select(target => target.Destination)],
            Names = SniTargets.Names(targets),
            Order = reader.Read(In(OrderSetting, section)),
            Check = check,
            Interval = reader.Read(In(IntervalSetting, section)),
            Rise = reader.Read(In(RiseSetting, section)),
            Fall = reader.Read(In(FallSetting, section)),
            SendProxy = reader.Read(In(SendProxySetting, section)),
            KeepAlive = reader.Read(In(KeepAliveSetting, section)) ?? preset?.KeepAlive ?? ForwardOptions.DefaultKeepAlive,
        };
        var idle = reader.Read(In(IdleSetting, section)) ?? preset?.IdleTimeout;
        TlsMode? tls = reader.TryRead(In(RequireTlsSetting, section), out var mode) ? mode : null;
        var clients = general.WithClientsOf(reader, section);
        var terms = TermSettings.Read(reader, section);
        return listen is null || targets.IsEmpty ? null : Of(listen, targets, writtenAs, clients) with { Options = options, IdleTimeout = idle, RequiresTls = tls, Terms = terms };
    }

    private static ImmutableArray<ForwardTarget> ReadTargets(SettingsReader reader, string section, int listen, ForwardPreset? preset)
    {
        var parser = new ForwardTargetParser(listen, preset?.Port);
        var setting = new ListSetting<ForwardTarget>($"{section}:Targets", "", "", null, "", parser.Parse);
        var targets = reader.Read(setting);
        var name = section.Replace(':', '.') + ".Targets";
        if (targets.IsEmpty) reader.Refuse(name, "there is none; add \"Targets\": [\"HOST:PORT\"]");
        ImmutableArray<ForwardTarget> read = [.. targets.Select(target => target.Value).Where(target => target.Rule is not null)];
        if (SniTargets.Fault(read, listen, preset) is { } error) reader.Refuse(name, error);
        return read;
    }

    private static Setting<T> Part<T>(string name, string? fallback, TextParser<T> parse) => new(name, "", "", fallback, "", parse);

    private static Setting<T> In<T>(Setting<T> part, string section) => part.In(section, part.Key);
}
