using System.Buffers;
using System.Text;

namespace Socks5Egress.Protocol.Http;

/// <summary>The character classes that the HTTP codecs check, as sets for a vectorised search.</summary>
internal static class CharacterSet
{
    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// <summary>tchar (RFC 9110 section 5.6.2): what a method and a field name are made of.</summary>
    public static readonly SearchValues<byte> Token = Of("!#$%&'*+-.^_`|~" + Alphanumeric);

    /// <summary>
    /// reg-name (RFC 3986 section 3.2.2) without its escapes: an escaped name is another name to whoever does not decode
    /// it. The policy narrows this to what a host name may hold.
    /// </summary>
    public static readonly SearchValues<byte> RegName = Of("-._~!$&'()*+,;=" + Alphanumeric);

    /// <summary>The base64 alphabet (RFC 4648 section 4) and its padding.</summary>
    public static readonly SearchValues<byte> Base64 = Of("+/=" + Alphanumeric);

    /// <summary>What a field-value (RFC 9110 section 5.5) may not hold: any control character but the tab.</summary>
    public static readonly SearchValues<byte> Control =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Where(b => b != '\t').Select(b => (byte)b), 0x7F]);

    private static SearchValues<byte> Of(string characters) => SearchValues.Create(Encoding.ASCII.GetBytes(characters));
}
