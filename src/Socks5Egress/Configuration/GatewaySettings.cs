using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;
using Socks5Egress.Transport;

namespace Socks5Egress.Configuration;

/// <summary>Everything the gateway is told at start, checked and typed. Immutable: a reload makes a new one.</summary>
internal sealed record GatewaySettings
{
    private static readonly Setting<TransportKind> TransportSetting = new("Transport", "--transport", "KIND", "auto",
        "auto, sockets, or epoll (Linux)",
        Choice.Of(("auto", TransportKind.Auto), ("sockets", TransportKind.Sockets), ("epoll", TransportKind.Epoll)));

    private static readonly ListSetting<ServedCommands> EnableSetting = new("Enable", "--enable", "LIST", null,
        "Commands of SOCKS5 beside CONNECT: bind, udp", Choice.Of(("bind", ServedCommands.Bind), ("udp", ServedCommands.Udp)))
    {
        DefaultWords = "neither",
    };

    /// <summary>All that can be set on the command line, as <c>--help</c> shows it.</summary>
    public static IReadOnlyList<SettingGroup> Groups { get; } =
    [
        ListenerSettings.Group, new("Commands", [EnableSetting]), ForwardSettings.Group, UserSettings.Group, OidcSettings.Group, PolicySettings.Group, DialSettings.Group,
        IdentitySettings.Group, TimeoutSettings.Group, RetirementSettings.Group, LimitSettings.Group, new("Transport", [TransportSetting]), AdminSettings.Group, LogSettings.Group,
    ];

    /// <summary>At least one.</summary>
    public required ImmutableArray<ListenerSettings> Listeners { get; init; }

    /// <summary>Listeners without a protocol, each with its own targets.</summary>
    public required ImmutableArray<ForwardSettings> Forwards { get; init; }

    /// <summary>TLS of every listener and forward that has it.</summary>
    public IEnumerable<TlsSettings> Tls => TlsOf(Listeners, Forwards);

    /// <summary>What clients of SOCKS5 may ask for.</summary>
    public required ServedCommands Commands { get; init; }

    /// <summary>Where health, metrics and sessions are served; null: nowhere.</summary>
    public IPEndPoint? Admin => AdminAccess.EndPoint;

    /// <summary>Who is served what there.</summary>
    public required AdminSettings AdminAccess { get; init; }

    public required UserSettings Users { get; init; }

    public required PolicySettings Policy { get; init; }

    /// <summary>The policies that accounts may name.</summary>
    public required ImmutableArray<PolicySettings> Policies { get; init; }

    /// <summary>Finds IPv4 addresses in IPv6 ones, for every policy.</summary>
    public required EmbeddedIPv4 Nat64 { get; init; }

    public required ImmutableArray<AccountSettings> Accounts { get; init; }

    /// <summary>In the order of writing.</summary>
    public required ImmutableArray<RouteSettings> Routes { get; init; }

    public required DialSettings Dial { get; init; }

    public required IdentitySettings Identity { get; init; }

    public required TimeoutSettings Timeouts { get; init; }

    /// <summary>Sessions that end at a quiet moment, and their pace.</summary>
    public required RetirementSettings Retirement { get; init; }

    public required LimitSettings Limits { get; init; }

    public required TransportKind Transport { get; init; }

    public required LogSettings Log { get; init; }

    /// <summary>What to tell the operator once logging works.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>Reads all of it.</summary>
    /// <param name="reader">Where the settings come from; it holds the errors afterwards.</param>
    /// <param name="users">Who may log in; read first, as it decides what else is legal.</param>
    /// <param name="onTerminal">Standard error is a terminal.</param>
    /// <param name="onFly">Fly.io's proxy stands in front.</param>
    public static GatewaySettings Read(SettingsReader reader, UserSettings users, bool onTerminal, bool onFly)
    {
        var listeners = ListenerSettings.Read(reader, users, onFly, out var general);
        var forwards = ForwardSettings.Read(reader, general, users.NoAuth);
        general.RefuseIdleSenders(reader, listeners.Select(listener => listener.RequiresProxyHeader).Concat(forwards.Select(forward => forward.RequiresProxyHeader)));
        var takesCertificates = TlsOf(listeners, forwards).Any(tls => tls.ClientAuthorities.Count > 0);
        var policy = PolicySettings.Read(reader);
        var policies = PolicySettings.ReadNamed(reader, policy.Tls);
        var accounts = AccountSettings.Read(reader, users, policies, takesCertificates);
        return new GatewaySettings
        {
            Listeners = listeners,
            Forwards = forwards,
            Commands = reader.Read(EnableSetting).Aggregate(ServedCommands.Connect, static (all, one) => all | one.Value),
            Users = users,
            Policy = policy,
            Policies = policies,
            Nat64 = PolicySettings.ReadNat64(reader),
            Accounts = accounts,
            Routes = RouteSettings.Read(reader),
            Dial = DialSettings.Read(reader),
            Identity = IdentitySettings.Read(reader),
            Timeouts = TimeoutSettings.Read(reader),
            Retirement = RetirementSettings.Read(reader),
            Limits = LimitSettings.Read(reader),
            Transport = reader.Read(TransportSetting),
            AdminAccess = AdminSettings.Read(reader),
            Log = LogSettings.Read(reader, onTerminal),
            Warnings =
            [
                .. TlsOf(listeners, forwards).Any(tls => tls.TakesAnyUser) ? [TlsSettings.AnyUserWarning] : Array.Empty<string>(),
                .. !users.Oidc.IsEmpty && accounts.All(account => account.Oidc.IsEmpty) ? [OidcSettings.AnyTokenWarning] : Array.Empty<string>(),
            ],
        };
    }

    private static IEnumerable<TlsSettings> TlsOf(ImmutableArray<ListenerSettings> listeners, ImmutableArray<ForwardSettings> forwards)
        => listeners.Select(listener => listener.Tls).Concat(forwards.Select(forward => forward.Tls)).OfType<TlsSettings>();
}
