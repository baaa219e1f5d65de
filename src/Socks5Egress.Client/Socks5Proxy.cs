using System.Globalization;
using System.Net;
using System.Text;

namespace Socks5Egress.Client;

/// <summary>
/// A SOCKS5 gateway: where it listens, and who we are there. Written as
/// <c>socks5://[user[:password]@]host[:port]</c>; <c>socks5h</c> means the same here, because names are always resolved by
/// the gateway, and <c>socks5+tls</c> puts TLS in front (<see cref="Socks5Tls"/>). User name and password are percent-encoded in it, an IPv6 address stands in brackets.
/// </summary>
public sealed class Socks5Proxy
{
    /// <summary>The port meant when none is given: 1080 (IANA's for <c>socks</c>).</summary>
    public const int DefaultPort = 1080;

    /// <summary>RFC 1929 section 2: lengths of user name and password are one byte each, and 0 is not allowed.</summary>
    private const int LongestCredential = 255;

    /// <summary>A gateway at a name or address.</summary>
    /// <param name="host">A name, an IPv4 address, or an IPv6 address without brackets. A name is resolved anew for each connection.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="credentials">User name and password, 1 to 255 bytes of UTF-8 each (RFC 1929); null to offer no authentication.</param>
    /// <exception cref="ArgumentException">The host is empty, or a credential has a length that the protocol cannot carry.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The port is none.</exception>
    public Socks5Proxy(string host, int port = DefaultPort, NetworkCredential? credentials = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(host);
        ArgumentOutOfRangeException.ThrowIfLessThan(port, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, ushort.MaxValue);
        if (credentials is not null)
        {
            CheckLength(credentials.UserName, "user name", nameof(credentials));
            CheckLength(credentials.Password, "password", nameof(credentials));
        }

        Host = host;
        Port = port;
        Credentials = credentials;
    }

    /// <summary>The name or address, an IPv6 address without brackets.</summary>
    public string Host { get; }

    /// <summary>1 to 65535.</summary>
    public int Port { get; }

    /// <summary>User name and password, or null.</summary>
    public NetworkCredential? Credentials { get; }

    /// <summary>Where the token comes from that logs in, in the place of <see cref="Credentials"/>: <c>?login=</c>. Null: there is none.</summary>
    public Socks5Login? Login
    {
        get;
        init
        {
            field = value;
            Passwords = value is null ? null : new BoughtPasswords(this);
        }
    }

    /// <summary>What the tokens of <see cref="Login"/> have bought; null without it.</summary>
    internal BoughtPasswords? Passwords { get; private init; }

    /// <summary>TLS in front of SOCKS5, or null for plain text.</summary>
    public Socks5Tls? Tls { get; init; }

    /// <summary>
    /// How many connections to gateways stand ready, where the gateway's text says so with <c>?warm=</c>: as <see cref="Socks5ClientOptions.Warm"/>, whose
    /// place it takes; of several gateways the first that says so counts. Null: as the options say.
    /// </summary>
    public int? Warm { get; init; }

    /// <summary>
    /// Whether a gateway that says that it can take it gets greeting, login, request and first bytes in one write. Default true; <c>?pipeline=off</c> for
    /// one message after the other.
    /// </summary>
    public bool Pipelines { get; init; } = true;

    /// <summary>Reads one gateway.</summary>
    /// <param name="text">In the form that stands above; without a scheme it is none.</param>
    /// <exception cref="FormatException">The text is none; the message says what is wrong, without the password.</exception>
    public static Socks5Proxy Parse(string text) => Parse(text, fallbackPassword: null);

    /// <summary>Reads one gateway.</summary>
    /// <param name="text">As for <see cref="Parse(string)"/>.</param>
    /// <param name="proxy">The gateway, or null.</param>
    /// <returns>False when the text is none.</returns>
    public static bool TryParse(string? text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Socks5Proxy? proxy) =>
        ProxyUri.TryRead(text, null, out proxy, out _);

    /// <summary>Reads several gateways with commas between them. A comma in a password is written <c>%2C</c>.</summary>
    /// <param name="text">One or more, each as for <see cref="Parse(string)"/>.</param>
    /// <exception cref="FormatException">One of them is none; the message says which and why, without its password.</exception>
    public static IReadOnlyList<Socks5Proxy> ParseList(string text) => ParseList(text, fallbackPassword: null);

    /// <summary><c>socks5://user@host:port</c>: never the password.</summary>
    public override string ToString() =>
        Scheme + (Credentials is null ? "" : Uri.EscapeDataString(Credentials.UserName) + "@") + Authority;

    private string Scheme => Tls is null ? "socks5://" : "socks5+tls://";

    /// <summary><c>host:port</c>, for sentences.</summary>
    internal string Authority =>
        (Host.Contains(':', StringComparison.Ordinal) ? "[" + Host + "]" : Host) + ":" + Port.ToString(CultureInfo.InvariantCulture);

    /// <param name="text">One gateway.</param>
    /// <param name="fallbackPassword">The password where the text has a user name alone.</param>
    internal static Socks5Proxy Parse(string text, string? fallbackPassword) =>
        ProxyUri.TryRead(text, fallbackPassword, out var proxy, out var fault) ? proxy : throw new FormatException(fault);

    internal static IReadOnlyList<Socks5Proxy> ParseList(string text, string? fallbackPassword)
    {
        ArgumentNullException.ThrowIfNull(text);
        return [.. text.Split(',', StringSplitOptions.TrimEntries).Select(one => Parse(one, fallbackPassword))];
    }

    internal static bool FitsCredential(string value) => Encoding.UTF8.GetByteCount(value) is > 0 and <= LongestCredential;

    private static void CheckLength(string value, string what, string parameter)
    {
        if (!FitsCredential(value))
            throw new ArgumentException($"A SOCKS5 {what} has 1 to {LongestCredential} bytes (RFC 1929).", parameter);
    }
}
