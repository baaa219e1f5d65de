using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Policy;

namespace Socks5Egress.Configuration;

/// <summary>One listening socket and what holds for the clients that come in through it.</summary>
internal sealed record ListenerSettings
{
    private const string SectionKey = "Listeners";

    private static readonly ListSetting<IPEndPoint?> ListenSetting = new("Listen", "--listen", "[ADDR:]PORT", "127.0.0.1:1080",
        "Where clients connect (repeatable); a port alone is on 127.0.0.1, [::] is dual-stack, port 0 picks one", EndPointParser.ParseListen);

    private static readonly ListSetting<ServedProtocols> ProtocolsSetting = new("Protocols", "--protocols", "LIST", "socks5,socks4,http",
        "Protocols served on the listeners; socks4 never where users exist",
        Choice.Of(("socks5", ServedProtocols.Socks5), ("socks4", ServedProtocols.Socks4), ("http", ServedProtocols.Http)));

    private static readonly Setting<bool> ProxyProtocolSetting = new("ProxyProtocol", "--proxy-protocol", "off|required", "off",
        "PROXY protocol header in front of every connection", Choice.Of(("off", false), ("required", true)));

    private static readonly ListSetting<Cidr> SendersSetting = new("ProxyProtocolFrom", "--proxy-protocol-from", "CIDR", null,
        "The only senders whose PROXY header counts (repeatable); everybody else is closed. Needed off loopback", NetworkParser.Parse) { DefaultWords = "every sender, on loopback and on Fly.io" };

    private static readonly ListSetting<Cidr> ClientsSetting = new("Clients", "--clients", "CIDR", null,
        "Who may connect (repeatable)", NetworkParser.Parse) { DefaultWords = "everybody" };

    private const string NoHeader = "no PROXY header is read there; add --proxy-protocol required";

    public static SettingGroup Group { get; } = new("Listening", [ListenSetting, ProtocolsSetting, ProxyProtocolSetting, SendersSetting, ClientsSetting, .. TlsSettings.Settings]);

    /// <summary>Where to listen. Port 0 picks one; <c>[::]</c> is dual-stack.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The protocols it answers; never SOCKS4 where <see cref="RequiresLogin"/>, as it has no password.</summary>
    public required ServedProtocols Protocols { get; init; }

    /// <summary>Every connection begins with a PROXY protocol header, which names the real client.</summary>
    public required bool RequiresProxyHeader { get; init; }

    /// <summary>Whose PROXY header counts; empty: everybody's.</summary>
    public required ImmutableArray<Cidr> ProxySenders { get; init; }

    /// <summary>Who may connect; empty: everybody.</summary>
    public required ImmutableArray<Cidr> Clients { get; init; }

    /// <summary>TLS in front of the protocols; null: plain.</summary>
    public required TlsSettings? Tls { get; init; }

    /// <summary>Fly.io's proxy stands in front.</summary>
    public required bool OnFly { get; init; }

    /// <summary>A login is asked for: there are users, or tokens are taken.</summary>
    public required bool RequiresLogin { get; init; }

    /// <summary>
    /// The listeners of <c>--listen</c>, or those of the file's <c>Listeners</c>: whichever a higher level gives; both when
    /// one level gives both. What an item of <c>Listeners</c> leaves out is as the option of that name says.
    /// </summary>
    /// <param name="reader">Where the settings come from.</param>
    /// <param name="users">Who may log in.</param>
    /// <param name="onFly">Fly.io's proxy stands in front.</param>
    /// <param name="general">What holds where nothing else is said; it listens nowhere.</param>
    public static ImmutableArray<ListenerSettings> Read(SettingsReader reader, UserSettings users, bool onFly, out ListenerSettings general)
    {
        general = new ListenerSettings
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Protocols = Served(reader, reader.Read(ProtocolsSetting), users),
            RequiresProxyHeader = reader.Read(ProxyProtocolSetting),
            ProxySenders = [.. reader.Read(SendersSetting).Select(network => network.Value)],
            Clients = [.. reader.Read(ClientsSetting).Select(network => network.Value)],
            Tls = TlsSettings.Read(reader),
            RequiresLogin = users.AsksLogin,
            OnFly = onFly,
        };
        var simple = reader.LevelOf(ListenSetting.Key);
        var sections = reader.LevelOf(SectionKey);
        var listeners = ImmutableArray.CreateBuilder<ListenerSettings>();

        if (sections is null || simple <= sections)
            foreach (var (endpoint, writtenAs) in reader.Read(ListenSetting))
                if (endpoint is not null) listeners.Add(general.At(endpoint, writtenAs, reader, users));

        if (sections is not null && !(simple < sections))
            foreach (var section in reader.Sections(SectionKey))
                if (ReadSection(reader, section, general, users) is { } listener) listeners.Add(listener);

        if (listeners.Count == 0 && reader.Errors.Count == 0) reader.Refuse(sections is null ? ListenSetting.Key : SectionKey, "there is nowhere to listen; name at least one ADDR:PORT");

        // The one that lost is known all the same
        reader.Ignore(ListenSetting.Key);
        if (simple < sections) reader.Ignore(SectionKey);
        return listeners.ToImmutable();
    }

    private static ListenerSettings? ReadSection(SettingsReader reader, string section, ListenerSettings general, UserSettings users)
    {
        var address = new Setting<IPEndPoint?>(section + ":Address", "", "", null, "", EndPointParser.ParseListen);
        var endpoint = reader.Read(address, out var writtenAs);
        if (writtenAs.Length == 0) reader.Refuse(section.Replace(':', '.'), "there is no Address; add \"Address\": \"ADDR:PORT\"");

        var protocols = ProtocolsSetting.In(section, "Protocols");
        if (reader.TryRead(protocols, out var items)) general = general with { Protocols = Served(reader, items, users) };
        general = general.WithClientsOf(reader, section);
        return endpoint is null ? null : general.At(endpoint, writtenAs, reader, users);
    }

    /// <summary>The same, with what an item of a list in the file says of who connects and how they are known.</summary>
    public ListenerSettings WithClientsOf(SettingsReader reader, string section)
    {
        var own = this;
        if (reader.TryRead(ProxyProtocolSetting.In(section, "ProxyProtocol"), out var required)) own = own with { RequiresProxyHeader = required };
        if (reader.TryRead(SendersSetting.In(section, "ProxyProtocolFrom"), out var senders))
        {
            own = own with { ProxySenders = [.. senders.Select(network => network.Value)] };
            if (!own.RequiresProxyHeader && senders is [{ WrittenAs: var writtenAs }, ..]) reader.Refuse(writtenAs, NoHeader);
        }
        if (reader.TryRead(ClientsSetting.In(section, "Clients"), out var clients)) own = own with { Clients = [.. clients.Select(network => network.Value)] };
        if (TlsSettings.TryRead(reader, section, out var tls)) own = own with { Tls = tls };
        return own;
    }

    private static ServedProtocols Served(SettingsReader reader, ImmutableArray<(ServedProtocols Value, string WrittenAs)> items, UserSettings users)
    {
        var (served, writtenAs) = (ServedProtocols.None, ProtocolsSetting.Flag);
        foreach (var item in items)
        {
            served |= item.Value;
            writtenAs = item.WrittenAs;
        }
        if (served == ServedProtocols.Socks4 && users.AsksLogin)
            reader.Refuse(writtenAs, "socks4 has no password and is never served where users exist; nothing would be served");
        return users.AsksLogin ? served & ~ServedProtocols.Socks4 : served;
    }

    private ListenerSettings At(IPEndPoint endpoint, string writtenAs, SettingsReader reader, UserSettings users)
    {
        if (!RequiresLogin && Tls is not { ClientAuthorities.Count: > 0 } && !users.NoAuth && !IPAddress.IsLoopback(endpoint.Address))
            reader.Refuse(writtenAs, $"{endpoint} can be reached from other machines and there are no users; add --users FILE, or --no-auth to serve everybody");
        if (OpenToSenders(endpoint)) reader.Refuse(writtenAs, AnySender(endpoint));
        return this with { EndPoint = endpoint };
    }

    /// <summary>Whether other machines could say in a PROXY header that they are somebody else. On Fly.io only its own proxy reaches the port of Flycast.</summary>
    public bool OpenToSenders(IPEndPoint endpoint) => RequiresProxyHeader && ProxySenders.IsEmpty && !OnFly && Exposure.IsOpen(endpoint);

    /// <summary>What is wrong then, and what to do.</summary>
    public static string AnySender(IPEndPoint endpoint)
        => $"{endpoint} can be reached from other machines, and a PROXY header from anybody would count there; name the proxies with --proxy-protocol-from CIDR";

    /// <summary>Refuses senders that are named where no header is read.</summary>
    public void RefuseIdleSenders(SettingsReader reader, IEnumerable<bool> requiresHeader)
    {
        if (!ProxySenders.IsEmpty && !requiresHeader.Contains(true)) reader.Refuse(SendersSetting.Flag, NoHeader);
    }
}
