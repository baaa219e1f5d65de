using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Gateway.Identity.Probes;

/// <summary>Finds the address in what an echo service says: plain text, JSON, or lines of <c>key=value</c>.</summary>
internal static class AddressInText
{
    /// <returns>The one address of the family in the text; null when there is none, or more than one.</returns>
    public static IPAddress? Find(string text, AddressFamily family)
    {
        IPAddress? found = null;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && (char.IsAsciiHexDigit(text[i]) || text[i] is '.' or ':')) continue;
            var word = text.AsSpan(start, i - start).Trim('.');
            start = i + 1;
            if (!AddressLiteral.TryParse(word, out var address)) continue;
            address = AddressLiteral.Canonical(address);
            if (address.AddressFamily != family) continue;
            if (found is not null && !found.Equals(address)) return null;
            found = address;
        }

        return found;
    }
}
