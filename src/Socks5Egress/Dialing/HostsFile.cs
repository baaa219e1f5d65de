using System.Collections.Frozen;
using System.Net;
using Socks5Egress.Protocol;

namespace Socks5Egress.Dialing;

/// <summary>
/// <c>/etc/hosts</c>: looked at before any resolver, which do not all read it. Read again when the file has changed,
/// looked at no more than once a second.
/// </summary>
internal sealed class HostsFile(string path, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly Lock _lock = new();
    private FrozenDictionary<string, IPAddress[]> _entries = FrozenDictionary<string, IPAddress[]>.Empty;
    private DateTime _written;
    private long _looked;

    /// <summary>The addresses of a name in lower case without a trailing dot; none when it is not listed.</summary>
    public IReadOnlyList<IPAddress> Find(string name)
    {
        Refresh();
        return _entries.TryGetValue(name, out var addresses) ? addresses : [];
    }

    /// <summary>Address, then names, then perhaps a comment; lines that are neither are skipped, as the system does.</summary>
    public static FrozenDictionary<string, IPAddress[]> Parse(string text)
    {
        var entries = new Dictionary<string, List<IPAddress>>(StringComparer.Ordinal);
        foreach (var line in text.Split('\n'))
        {
            var words = line.Split('#', 2)[0].Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length < 2 || !AddressLiteral.TryParse(words[0], out var address)) continue;
            foreach (var name in words.Skip(1).Select(word => word.ToLowerInvariant()))
            {
                if (!entries.TryGetValue(name, out var list)) entries[name] = list = [];
                if (!list.Contains(address)) list.Add(address);
            }
        }
        return entries.ToFrozenDictionary(pair => pair.Key, pair => pair.Value.ToArray(), StringComparer.Ordinal);
    }

    private void Refresh()
    {
        var now = time.GetTimestamp();
        if (_looked != 0 && time.GetElapsedTime(Volatile.Read(ref _looked), now) < Fresh) return;
        lock (_lock)
        {
            Volatile.Write(ref _looked, now);
            var written = File.GetLastWriteTimeUtc(path);
            if (written == _written) return;
            _written = written;
            _entries = Read();
        }
    }

    private FrozenDictionary<string, IPAddress[]> Read()
    {
        try
        {
            return Parse(File.ReadAllText(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A machine without one has no entries; a file that cannot be read now is tried again when it changes
            return FrozenDictionary<string, IPAddress[]>.Empty;
        }
    }
}
