using System.Globalization;

namespace Socks5Egress.Protocol;

/// <summary>A port in text: decimal, 0 to 65535, no leading zero, no sign. One port has one spelling.</summary>
internal static class PortLiteral
{
    public static bool TryParse(ReadOnlySpan<byte> text, out ushort port)
    {
        port = 0;
        if (text.Length is 0 or > 5 || (text.Length > 1 && text[0] == '0')) return false;
        return ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port);
    }
}
