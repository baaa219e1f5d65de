using System.Text;

namespace Socks5Egress.Diagnostics.Probes;

/// <summary>Short reads of a hello.</summary>
internal static class Bytes
{
    /// <summary>The longest text that a server's answer is read for.</summary>
    private const int LongestLine = 512;

    /// <summary>Exactly so many; <see cref="EndOfStreamException"/> when the other side closes before.</summary>
    public static async Task<byte[]> ReadAsync(Stream stream, int count, CancellationToken token)
    {
        var bytes = new byte[count];
        await stream.ReadExactlyAsync(bytes, token);
        return bytes;
    }

    /// <summary>Up to a line feed, which is dropped; not a byte further.</summary>
    public static async Task<string> ReadLineAsync(Stream stream, CancellationToken token)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (line.Length < LongestLine)
        {
            await stream.ReadExactlyAsync(one, token);
            if (one[0] == '\n') break;
            line.Append((char)one[0]);
        }

        return Printable(line.ToString());
    }

    /// <summary>What a stranger sent, safe on a terminal.</summary>
    public static string Printable(string text) => string.Concat(text.Trim().Select(c => c is >= ' ' and <= '~' ? c : '.'));
}
