using System.Collections.Immutable;
using System.Net;
using Socks5Egress.Negotiation;
using Socks5Egress.Policy;

namespace Socks5Egress.Hosting.Configuration;

/// <summary>One listening socket and what holds for the clients that come in through it.</summary>
internal sealed record ListenerSettings
{
    private const string SectionKey = "Listeners";

    private static readonly ListSetting<IPEndPoint?> ListenSetting = new("Listen", "--listen", "ADDR:PORT", "127.0.0.1:1080",
        "Where clients connect (repeatable); [::] is dual-stack, port 0 picks one", EndPointText.Parse);

    private static readonly ListSetting<ServedProtocols> ProtocolsSetting = new("Protocols", "--protocols", "LIST", "socks5,socks4,http",
        "Protocols served on the listeners; socks4 never where users exist",
        Choice.Of(("socks5", ServedProtocols.Socks5), ("socks4", ServedProtocols.Socks4), ("http", ServedProtocols.Http)));

    private static readonly Setting<bool> ProxyProtocolSetting = new("ProxyProtocol", "--proxy-protocol", "off|required", "off",
        "PROXY protocol header in front of every connection", Choice.Of(("off", false), ("required", true)));

    private static readonly ListSetting<Cidr> ClientsSetting = new("Clients", "--clients", "CIDR", null,
        "Who may connect (repeatable)", NetworkText.Parse) { DefaultWords = "everybody" };

    public static SettingGroup Group { get; } = new("Listening", [ListenSetting, ProtocolsSetting, ProxyProtocolSetting, ClientsSetting, .. TlsSettings.Settings]);

    /// <summary>Where to listen. Port 0 picks one; <c>[::]</c> is dual-stack.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>The protocols it answers; never SOCKS4 where <see cref="RequiresLogin"/>, as it has no password.</summary>
    public required ServedProtocols Protocols { get; init; }

    /// <summary>Every connection begins with a PROXY protocol header, which names the real client.</summary>
    public required bool RequiresProxyHeader { get; init; }

    /// <summary>Who may connect; empty: everybody.</summary>
    public required ImmutableArray<Cidr> Clients { get; init; }

    /// <summary>TLS in front of the protocols; null: plain.</summary>
    public required TlsSettings? Tls { get; init; }

    /// <summary>A user and a password are asked for: there are users.</summary>
    public required bool RequiresLogin { get; init; }

    /// <summary>
    /// The listeners of <c>--listen</c>, or those of the file's <c>Listeners</c>: whichever a higher level gives; both when
    /// one level gives both. What an item of <c>Listeners</c> leaves out is as the option of that name says.
    /// </summary>
    /// <param name="reader">Where the settings come from.</param>
    /// <param name="users">Who may log in.</param>
    /// <param name="general">What holds where nothing else is said; it listens nowhere.</param>
    public static ImmutableArray<ListenerSettings> Read(SettingsReader reader, UserSettings users, out ListenerSettings general)
    {
        general = new ListenerSettings
        {
            EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
            Protocols = ReadProtocols(reader, ProtocolsSetting, users),
            RequiresProxyHeader = reader.Read(ProxyProtocolSetting),
            Clients = [.. reader.Read(ClientsSetting).Select(network => network.Value)],
            Tls = TlsSettings.Read(reader),
            RequiresLogin = users.Users.Count > 0,
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

        // The one that lost is known all the same
        reader.Ignore(ListenSetting.Key);
        if (simple < sections) reader.Ignore(SectionKey);
        return listeners.ToImmutable();
    }

    private static ListenerSettings? ReadSection(SettingsReader reader, string section, ListenerSettings general, UserSettings users)
    {
        var address = new Setting<IPEndPoint?>(section + ":Address", "", "", null, "", EndPointText.Parse);
        var endpoint = reader.Read(address, out var writtenAs);
        if (writtenAs.Length == 0) reader.Refuse(section.Replace(':', '.'), "there is no Address; add \"Address\": \"ADDR:PORT\"");

        if (reader.Has(section + ":Protocols"))
            general = general with { Protocols = ReadProtocols(reader, ProtocolsSetting.In(section, "Protocols"), users) };
        general = general.WithClientsOf(reader, section);
        return endpoint is null ? null : general.At(endpoint, writtenAs, reader, users);
    }

    /// <summary>The same, with what an item of a list in the file says of who connects and how they are known.</summary>
    public ListenerSettings WithClientsOf(SettingsReader reader, string section)
    {
        var own = this;
        if (reader.Has(section + ":ProxyProtocol"))
            own = own with { RequiresProxyHeader = reader.Read(ProxyProtocolSetting.In(section, "ProxyProtocol")) };
        if (reader.Has(section + ":Clients"))
            own = own with { Clients = [.. reader.Read(ClientsSetting.In(section, "Clients")).Select(network => network.Value)] };
        if (reader.Has(section + ":Tls")) own = own with { Tls = TlsSettings.Read(reader, section) };
        return own;
    }

    private static ServedProtocols ReadProtocols(SettingsReader reader, ListSetting<ServedProtocols> setting, UserSettings users)
    {
        var (served, writtenAs) = (ServedProtocols.None, setting.Flag);
        foreach (var item in reader.Read(setting))
        {
            served |= item.Value;
            writtenAs = item.WrittenAs;
        }
        if (served == ServedProtocols.Socks4 && users.Users.Count > 0)
            reader.Refuse(writtenAs, "socks4 has no password and is never served where users exist; nothing would be served");
        return users.Users.Count > 0 ? served & ~ServedProtocols.Socks4 : served;
    }

    private ListenerSettings At(IPEndPoint endpoint, string writtenAs, SettingsReader reader, UserSettings users)
    {
        if (!RequiresLogin && Tls is not { ClientAuthorities.Count: > 0 } && !users.NoAuth && !IPAddress.IsLoopback(endpoint.Address))
            reader.Refuse(writtenAs, $"{endpoint} can be reached from other machines and there are no users; add --users FILE, or --no-auth to serve everybody");
        return this with { EndPoint = endpoint };
    }
}
