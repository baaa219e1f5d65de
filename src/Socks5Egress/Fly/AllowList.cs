using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Fly;

/// <summary>
/// One file that says which addresses the other side lets in: an address or a CIDR a line, <c>#</c> begins a comment, empty lines
/// are skipped.
/// </summary>
/// <param name="File">Its name, as it was given.</param>
/// <param name="Entries">What it lists.</param>
internal sealed record AllowList(string File, IReadOnlyList<AllowListEntry> Entries)
{
    /// <summary>Reads the lines; what is neither address nor CIDR is named with its line.</summary>
    public static AllowList Parse(string file, IEnumerable<string> lines, ICollection<string> faults)
    {
        var entries = new List<AllowListEntry>();
        int number = 0;
        foreach (var line in lines)
        {
            number++;
            var hash = line.IndexOf('#', StringComparison.Ordinal);
            var text = (hash < 0 ? line : line[..hash]).Trim();
            if (text.Length == 0) continue;
            if (TryParse(text, out var network)) entries.Add(new(network, number));
            else faults.Add($"{file}:{number}: \"{text}\" is neither an address nor a CIDR");
        }

        return new(file, entries);
    }

    /// <summary>The first entry that lets this address in, or null.</summary>
    public AllowListEntry? Find(IPAddress address) => Entries.FirstOrDefault(entry => entry.Network.Contains(address));

    private static bool TryParse(string text, out IPNetwork network)
    {
        network = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (!AddressLiteral.TryParse(slash < 0 ? text : text[..slash], out var address)) return false;
        int bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        if (slash >= 0)
        {
            if (!int.TryParse(text[(slash + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length > bits) return false;
            bits = length;
        }

        network = new IPNetwork(Masked(address, bits), bits);
        return true;
    }

    /// <summary>Lists are often written with host bits set; the platform's type refuses those.</summary>
    private static IPAddress Masked(IPAddress address, int bits)
    {
        var bytes = address.GetAddressBytes();
        for (int i = 0; i < bytes.Length; i++) bytes[i] &= (byte)(0xFF00 >> Math.Clamp(bits - (8 * i), 0, 8));
        return new IPAddress(bytes);
    }
}

/// <param name="Network">One address is a network of one.</param>
/// <param name="Line">Where it stands, from 1.</param>
internal sealed record AllowListEntry(IPNetwork Network, int Line);
