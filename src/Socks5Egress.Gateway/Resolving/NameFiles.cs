using System.Diagnostics.CodeAnalysis;
using System.Net;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>What the machine's files say about names, at one moment.</summary>
/// <param name="Hosts">Names in lower case, and their addresses.</param>
/// <param name="ResolvConf">Whom to ask.</param>
/// <param name="Switch">Whether to ask them.</param>
internal sealed record NameSettings(IReadOnlyDictionary<string, IPAddress[]> Hosts, ResolvConf ResolvConf, NameServiceSwitch Switch)
{
    /// <summary>What holds without any of the files.</summary>
    public static NameSettings Absent { get; } = new(new Dictionary<string, IPAddress[]>(), ResolvConf.Absent, NameServiceSwitch.Absent);
}

/// <summary>
/// <c>/etc/hosts</c>, <c>/etc/resolv.conf</c> and <c>/etc/nsswitch.conf</c>. Whoever asks gets what they said at most a second ago; when that has passed,
/// he waits until they were looked at again, on a thread that may block. So nobody is told what a half-read file says. A file that is so long that
/// reading it takes a while holds nobody up: what it said before holds until it is read.
/// </summary>
internal sealed class NameFiles : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How long clients wait for a file to be read again, before they get what it said last.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private readonly Lock _lock = new();
    private readonly Func<NameSettings> _read;
    private readonly Action<Action> _run;
    private readonly IDisposable? _owned;
    private readonly TimeProvider _time;
    private List<Action<NameSettings>> _waiting = [];
    private Look? _last;
    private ITimer? _patience;
    private bool _isReading;
    private volatile bool _servesLast;

    /// <param name="folder">Where the files are: <c>/etc</c>.</param>
    /// <param name="hostsOnly">The others mean nothing: it is said elsewhere whom to ask.</param>
    /// <param name="run">Runs work that may block, elsewhere.</param>
    /// <param name="time">The clock.</param>
    /// <param name="owned">Ends with it.</param>
    public NameFiles(string folder, bool hostsOnly, Action<Action> run, TimeProvider time, IDisposable? owned = null)
    {
        (_run, _time, _owned) = (run, time, owned);
        var hosts = new WatchedFile<IReadOnlyDictionary<string, IPAddress[]>>(Path.Combine(folder, "hosts"), HostsText.Parse, NameSettings.Absent.Hosts, time);
        var servers = new WatchedFile<ResolvConf>(Path.Combine(folder, "resolv.conf"), ResolvConf.Parse, ResolvConf.Absent, time);
        var services = new WatchedFile<NameServiceSwitch>(Path.Combine(folder, "nsswitch.conf"), NameServiceSwitch.Parse, NameServiceSwitch.Absent, time);
        _read = () => hostsOnly ? NameSettings.Absent with { Hosts = hosts.Read() } : new NameSettings(hosts.Read(), servers.Read(), services.Read());
    }

    /// <summary>What they say, when it is fresh, or when reading them again takes long.</summary>
    public bool TryGet([NotNullWhen(true)] out NameSettings? settings)
    {
        var last = Volatile.Read(ref _last);
        settings = last is not null && (_servesLast || _time.GetElapsedTime(last.At) < Fresh) ? last.Settings : null;
        return settings is not null;
    }

    /// <summary>Calls back with what they say once it is fresh, or when that takes long; on the thread that reads them or that of the timers.</summary>
    public void WhenFresh(Action<NameSettings> then)
    {
        lock (_lock)
        {
            _waiting.Add(then);
            if (_isReading) return;
            _isReading = true;
            if (_last is not null) _patience = _time.After("name files", Patience, static files => files.ServeLast(), this);
        }
        _run(Read);
    }

    public void Dispose() => _owned?.Dispose();

    private void ServeLast()
    {
        List<Action<NameSettings>> waiting;
        lock (_lock)
        {
            if (!_isReading) return;
            _servesLast = true;
            (waiting, _waiting) = (_waiting, []);
        }
        foreach (var then in waiting) then(_last!.Settings);
    }

    private void Read()
    {
        var settings = _last?.Settings ?? NameSettings.Absent;
        try
        {
            settings = _read();
        }
        finally
        {
            List<Action<NameSettings>> waiting;
            lock (_lock)
            {
                (waiting, _waiting, _isReading) = (_waiting, [], false);
                Volatile.Write(ref _last, new Look(settings, _time.GetTimestamp()));
                _servesLast = false;
                _patience?.Dispose();
            }
            foreach (var then in waiting) _run(() => then(settings));
        }
    }

    private sealed record Look(NameSettings Settings, long At);
}
