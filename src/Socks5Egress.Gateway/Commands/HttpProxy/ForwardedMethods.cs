using System.Text;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// Which methods are passed on: all that are not refused here. CONNECT has no place behind another request; TRACE would show a client what is added
/// on the way; and a known method in another case ("get") is another method, which nobody means.
/// </summary>
internal static class ForwardedMethods
{
    private static readonly byte[][] Known =
    [
        .. new[] { "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "QUERY" }.Select(Encoding.ASCII.GetBytes),
    ];

    public static bool IsForwarded(ReadOnlySpan<byte> method)
    {
        foreach (var known in Known)
        {
            if (method.SequenceEqual(known)) return !(method.SequenceEqual("TRACE"u8) || method.SequenceEqual("CONNECT"u8));
            if (Ascii.EqualsIgnoreCase(method, known)) return false;
        }
        return true;
    }
}
