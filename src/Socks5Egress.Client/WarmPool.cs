using System.Net.Sockets;

namespace Socks5Egress.Client;

/// <summary>
/// Connections that stand ready after TLS and login, at gateways that are known to keep them. They are taken with a request, replaced at once when they are
/// used, and after a pause when the gateway closed them. Nothing runs for a client that is forgotten: the timer holds it weakly.
/// </summary>
internal sealed class WarmPool
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1);

    /// <summary>They are closed after so long without a request, unless their owner has asked to keep them.</summary>
    private static readonly TimeSpan Unused = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly List<GatewayLink> _ready = [];
    private readonly Dictionary<GatewayAddress, int> _opening = [];
    private readonly HashSet<GatewayAddress> _tried = [];
    private IReadOnlyList<GatewayAddress> _places = [];
    private readonly GatewayOpener _opener;
    private readonly GatewayLoadTracker _loads;
    private readonly KnownGateways _known;
    private readonly Socks5ClientOptions _options;
    private readonly int _setting;
    private readonly WarmDemand _demand;
    private readonly WarmBackoff _backoff;
    private ITimer? _timer;
    private long _lastUse;
    private bool _isKept;

    /// <param name="proxies">The gateways.</param>
    /// <param name="loads">What the sessions of each gateway are counted by: connections in reserve are none.</param>
    /// <param name="known">The gateways that keep such connections.</param>
    /// <param name="options">Time limits, and how many.</param>
    public WarmPool(IReadOnlyList<Socks5Proxy> proxies, GatewayLoadTracker loads, KnownGateways known, Socks5ClientOptions options)
    {
        (_loads, _known, _options) = (loads, known, options);
        _opener = new GatewayOpener(proxies, new GatewayLoadTracker(options.TimeProvider, 0), known, options.TimeProvider);
        _setting = proxies.Select(proxy => proxy.Warm).FirstOrDefault(warm => warm is not null) ?? options.Warm;
        _demand = new WarmDemand(options.TimeProvider);
        _backoff = new WarmBackoff(options.TimeProvider);
    }

    private TimeProvider Time => _options.TimeProvider;

    /// <summary>Begins before anything is asked for, and keeps connections however long nothing is. Gateways are tried once to learn whether they keep them.</summary>
    public void Keep()
    {
        lock (_lock) _isKept = true;
        Fill(isAfterUse: true);
    }

    /// <summary>A connection is asked for: takes one that stands ready at the gateway that is next.</summary>
    /// <param name="addresses">Every address there is, best first.</param>
    /// <returns>The connection, counted as a session; or none, and whether some gateway had closed those that it had, so that another may be better.</returns>
    public (GatewayLink? Link, bool SawClosed) Take(IReadOnlyList<GatewayAddress> addresses)
    {
        if (_setting == 0) return default;
        GatewayLink? taken = null;
        List<GatewayLink> closed = [];
        lock (_lock)
        {
            _demand.Count();
            _lastUse = Time.GetTimestamp();
            // A machine that has moved is in no list any more
            closed.AddRange(_ready.Where(link => !addresses.Contains(link.Address)));
            _ready.RemoveAll(closed.Contains);
            foreach (var address in addresses.Take(_loads.BestOf(addresses)))
            {
                while (taken is null && _ready.Find(link => link.Address.Equals(address)) is { } link)
                {
                    _ready.Remove(link);
                    if (IsOpen(link)) taken = link;
                    else closed.Add(link);
                }
            }
            foreach (var link in closed) _backoff.Lost(link.Address);
        }
        foreach (var link in closed)
        {
            link.Socket.Dispose();
            _loads.Failed(link.Address.EndPoint);
        }
        taken?.CountIn(_loads);
        return (taken, taken is null && closed.Count > 0);
    }

    /// <summary>A request was served by a gateway that keeps such connections.</summary>
    public void Used(GatewayLink link)
    {
        lock (_lock)
        {
            _backoff.Used(link.Address);
            _backoff.Used(Unknown);
        }
        Fill(isAfterUse: true);
    }

    /// <summary>Opens what is missing.</summary>
    /// <param name="isAfterUse">At once; else within a moment, since many clients may have lost theirs together.</param>
    public void Fill(bool isAfterUse)
    {
        if (_setting == 0) return;
        lock (_lock)
        {
            _timer ??= Background.WhileAlive("connections in reserve", Time, Tick, this, static pool => pool.LookAfter());
            if (_backoff.IsWaiting(Unknown)) return;
            for (var missing = Wanted() - _ready.Count - _opening.Values.Sum(); missing > 0; missing--)
            {
                // The place is counted before the address is known: the task that opens the connection resolves the name
                Opening(Unknown, +1);
                var pause = isAfterUse ? TimeSpan.Zero : TimeSpan.FromMilliseconds(Random.Shared.Next(250));
                Background.Run("a connection in reserve", () => Background.OnPoolAsync(() => OpenAsync(pause)));
            }
        }
    }

    private static GatewayAddress Unknown { get; } = new(new Socks5Proxy("unknown"), new(System.Net.IPAddress.None, 0));

    private static bool IsOpen(GatewayLink link)
    {
        try
        {
            // Nothing is due: what can be read is an end, or the gateway's farewell
            return !link.Socket.Poll(0, SelectMode.SelectRead);
        }
        catch (Exception fault) when (fault is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    private int Wanted() =>
        !_isKept && Time.GetElapsedTime(_lastUse) > Unused ? 0 : _setting == Socks5ClientOptions.WarmAuto ? _demand.Wanted() : _setting;

    private void LookAfter()
    {
        List<GatewayLink> over;
        lock (_lock)
        {
            over = _ready.FindAll(link => !IsOpen(link));
            foreach (var link in over) _backoff.Lost(link.Address);
            over.AddRange(_ready.Except(over).Take(_ready.Count - over.Count - Wanted()).ToList());
            if (over.Count == 0 && Surplus() is { } surplus) over.Add(surplus);
            _ready.RemoveAll(over.Contains);
        }
        foreach (var link in over) link.Socket.Dispose();
        Fill(isAfterUse: false);
    }

    /// <summary>
    /// One to give up for one at a gateway that has fewer: a gateway that was away or slow for a moment would else stay without. One a tick, and none while a
    /// connection is being opened, so that a gateway that takes no more costs one connection for each of its pauses.
    /// </summary>
    private GatewayLink? Surplus()
    {
        if (_opening.Count > 0 || _ready.Count < Wanted() || _places.Where(MayTake).ToList() is not { Count: > 0 } places) return null;
        var most = _ready.GroupBy(link => link.Address).MaxBy(links => links.Count());
        return most is not null && most.Count() - places.Min(CountAt) >= 2 ? most.First() : null;
    }

    private bool MayTake(GatewayAddress address) =>
        address.Proxy.Pipelines && !_backoff.IsWaiting(address) && (_known.MethodOf(address) is not null || (_isKept && !_tried.Contains(address)));

    private int CountAt(GatewayAddress address) => _ready.Count(link => link.Address.Equals(address)) + _opening.GetValueOrDefault(address);

    private async Task OpenAsync(TimeSpan pause)
    {
        var place = Unknown;
        GatewayLink? link = null;
        try
        {
            await Task.Delay(pause, Time);
            var deadline = new ConnectDeadline(_options.ConnectTimeout, Time, "a connection in reserve", CancellationToken.None);
            place = Reserve(await _opener.ResolveAsync(deadline));
            if (place == Unknown) return;
            var chosen = place;
            link = await _opener.OpenAsync([chosen], deadline);
            if (!link.Handshake.Pipelines) return;
            await deadline.WithinAsync(Socks5Stage.Authenticate, chosen.Proxy, null, link.Handshake.ExchangeAsync);
            lock (_lock) _ready.Add(link);
            link = null;
        }
        catch (Socks5Exception)
        {
            _known.Forget(place);
            lock (_lock)
            {
                _tried.Remove(place);
                _backoff.Lost(place);
            }
        }
        finally
        {
            link?.Socket.Dispose();
            lock (_lock) Opening(place, -1);
        }
    }

    private void Opening(GatewayAddress place, int change)
    {
        var count = _opening.GetValueOrDefault(place) + change;
        if (count == 0) _opening.Remove(place);
        else _opening[place] = count;
    }

    /// <summary>Chooses where the next one goes: to the gateway that has fewest in reserve.</summary>
    private GatewayAddress Reserve(IReadOnlyList<GatewayAddress> addresses)
    {
        var ordered = _loads.Order(addresses);
        lock (_lock)
        {
            _places = addresses;
            var place = ordered.Where(MayTake).OrderBy(CountAt).FirstOrDefault() ?? Unknown;
            if (place == Unknown)
            {
                // Without this, gateways that keep none would cost a DNS query every second
                _backoff.Lost(Unknown);
                return place;
            }
            _tried.Add(place);
            Opening(Unknown, -1);
            Opening(place, +1);
            return place;
        }
    }
}
