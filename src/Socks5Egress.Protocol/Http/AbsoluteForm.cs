using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>
/// The target of a request to a forward proxy (RFC 9112 section 3.2.2, RFC 9110 section 4.2.1).
/// <code>
/// ( "http" / "ws" ) "://" uri-host [ ":" port ] [ path ] [ "?" query ]
/// </code>
/// "ws" is another name of "http" for whoever asks for WebSocket (RFC 6455 section 3). User-info, fragments, an empty port and every
/// other scheme are refused. The path and the query stay as they were sent: whoever repairs an escape or a dot segment asks the origin for
/// something else.
/// </summary>
internal sealed class AbsoluteForm
{
    private const string HttpScheme = "http://";
    private const string WebSocketScheme = "ws://";
    private const ushort DefaultPort = 80;

    private AbsoluteForm(bool isWebSocket, Destination destination, string authority, string pathAndQuery)
    {
        IsWebSocket = isWebSocket;
        Destination = destination;
        Authority = authority;
        PathAndQuery = pathAndQuery;
    }

    /// <summary>Its scheme is "ws".</summary>
    public bool IsWebSocket { get; }

    /// <summary>Where to go; port 80 when the target names none. An address literal is an address, in its canonical form.</summary>
    public Destination Destination { get; }

    /// <summary>Host and port as sent: the value of Host (RFC 9112 section 3.2.2: it comes from the target).</summary>
    public string Authority { get; }

    /// <summary>As sent; "" when the target ends behind its authority.</summary>
    public string PathAndQuery { get; }

    /// <summary>Splits a target.</summary>
    /// <param name="target">As it stands in the request line; anything but visible ASCII is refused.</param>
    /// <param name="form">The parts, or null.</param>
    public static bool TryParse(ReadOnlySpan<char> target, [NotNullWhen(true)] out AbsoluteForm? form)
    {
        form = null;
        var isWebSocket = target.StartsWith(WebSocketScheme, StringComparison.OrdinalIgnoreCase);
        if (!isWebSocket && !target.StartsWith(HttpScheme, StringComparison.OrdinalIgnoreCase)) return false;
        if (target.ContainsAnyExceptInRange('!', '~') || target.Contains('#')) return false;
        var rest = target[(isWebSocket ? WebSocketScheme : HttpScheme).Length..];
        var end = rest.IndexOfAny('/', '?');
        var authority = end < 0 ? rest : rest[..end];
        // The longest host in brackets and the longest port; what is longer is none
        if (authority.Length is 0 or > 263) return false;

        Span<byte> ascii = stackalloc byte[authority.Length];
        Encoding.ASCII.GetBytes(authority, ascii);
        if (!Socks5Egress.Protocol.Http.Authority.TryParse(ascii, out var within, out var port)) return false;
        var host = authority[within].ToString();
        var destination = AddressLiteral.TryParse(host, out var address)
            ? Destination.Of(AddressLiteral.Canonical(address), port ?? DefaultPort)
            : Destination.Of(host, port ?? DefaultPort);
        form = new AbsoluteForm(isWebSocket, destination, authority.ToString(), end < 0 ? "" : rest[end..].ToString());
        return true;
    }
}
