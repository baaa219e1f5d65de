using System.Net.Sockets;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Resolving;

/// <summary>
/// One who waits for the addresses of a name (RFC 8305 section 3). The families are looked up apart: the preferred one's addresses can be dialed
/// as soon as they are there, the other's 50 ms later (Resolution Delay), and whatever comes afterwards is <see cref="LateAsync"/>.
/// </summary>
internal sealed class Resolution : IDisposable
{
    /// <summary>RFC 8305 section 8: Resolution Delay, recommended 50 ms.</summary>
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    private readonly Resolver _resolver;
    private readonly Side[] _sides;
    private readonly TaskCompletionSource<ResolveResult> _first = new(), _late = new();
    private volatile ResolveResult? _firstAnswer, _lateAnswer;
    private ITimer? _timer;
    private bool _left;

    public Resolution(Resolver resolver, in LookupRequest request)
    {
        (_resolver, Request) = (resolver, request);
        var other = request.Preferred == AddressFamily.InterNetwork ? AddressFamily.InterNetworkV6 : AddressFamily.InterNetwork;
        _sides = [new Side(request.Preferred), new Side(other)];
    }

    public LookupRequest Request { get; }

    /// <summary>More addresses may come; true only behind <see cref="FirstAsync"/>.</summary>
    public bool HasLate => !_late.Task.IsCompleted;

    /// <summary>The addresses that may be dialed now, or why there are none.</summary>
    /// <param name="cancellation">Ends the waiting, with <see cref="EndReason.ConnectTimeout"/>.</param>
    public async ValueTask<ResolveResult> FirstAsync(CancellationToken cancellation)
    {
        if (_first.Task.IsCompleted) return await _first.Task;
        using var registration = cancellation.UnsafeRegister(static state => ((Resolution)state!).Dispose(), this);
        return await _first.Task;
    }

    /// <summary>The other family's addresses; none when nobody knows more, or it was given up.</summary>
    /// <param name="cancellation">Ends the waiting, with <see cref="EndReason.ConnectTimeout"/>.</param>
    public async ValueTask<ResolveResult> LateAsync(CancellationToken cancellation)
    {
        if (_late.Task.IsCompleted) return await _late.Task;
        using var registration = cancellation.UnsafeRegister(static state => ((Resolution)state!).Dispose(), this);
        return await _late.Task;
    }

    /// <summary>Waits for nothing any more.</summary>
    public void Dispose()
    {
        if (!_first.Task.IsCompleted || !_late.Task.IsCompleted) _resolver.Change(this, static self => self.Leave());
    }

    /// <summary>The families to look up: what was asked for, and what this machine asks for at all.</summary>
    internal IEnumerable<AddressFamily> Wanted(NameSettings settings) => _left
        ? []
        : _sides.Select(side => side.Family).Where(family => Request.Families.HasFlag(family == AddressFamily.InterNetwork ? Families.IPv4 : Families.IPv6)
            && (family == AddressFamily.InterNetwork || !settings.ResolvConf.LeavesOutIPv6));

    /// <summary>It is known without asking. Under the resolver's lock, as all below.</summary>
    internal void Know(ResolveResult answer) => (_firstAnswer, _lateAnswer) = (_firstAnswer ?? answer, _lateAnswer ?? ResolveResult.Of(EndReason.None));

    /// <summary>A family is looked up.</summary>
    internal void Asked(Lookup lookup) => Of(lookup.Key.Family).Pending = lookup;

    /// <summary>A family is answered.</summary>
    internal void Answered(AddressFamily family, ResolveResult answer, long since)
    {
        var side = Of(family);
        (side.Pending, side.Answer, side.Since) = (null, answer, since);
    }

    /// <summary>Decides what can be told by now.</summary>
    internal void Advance()
    {
        if (_left) return;
        var pending = _sides.FirstOrDefault(side => side.Pending is not null);
        if (pending is null)
        {
            _timer?.Dispose();
            if (_firstAnswer is null) (_firstAnswer, _lateAnswer) = (Together(), ResolveResult.Of(EndReason.None));
            else _lateAnswer ??= Told(_sides.FirstOrDefault(side => !side.IsTold));
            return;
        }
        var came = _sides.FirstOrDefault(side => side.Answer is { End: EndReason.None });
        if (_firstAnswer is not null || came is null) return;
        var goesFirst = came.Family == Request.Preferred || _resolver.Slow.Contains(pending.Pending!.Key);
        var left = goesFirst ? TimeSpan.Zero : Delay - _resolver.Time.GetElapsedTime(Math.Max(came.Since, pending.Pending!.Began));
        if (left <= TimeSpan.Zero) _firstAnswer = Told(came);
        else _timer ??= _resolver.Time.After("resolution", left, static late => late._resolver.Change(late, static self => self.DelayIsOver()), this);
    }

    /// <summary>Tells whoever waits what was decided. Not under the lock.</summary>
    /// <param name="atOnce">On this thread: nobody can be waiting yet.</param>
    internal void Publish(bool atOnce)
    {
        if (_firstAnswer is null || (_first.Task.IsCompleted && (_lateAnswer is null || _late.Task.IsCompleted))) return;
        if (atOnce) Tell();
        else Request.Scheduler.Schedule(static state => ((Resolution)state!).Tell(), this);
    }

    private void Tell()
    {
        // The late answer first: whoever goes on behind the first one may ask whether more is to come
        if (_lateAnswer is { } late) _late.TrySetResult(late);
        if (_firstAnswer is { } first) _first.TrySetResult(first);
    }

    private void Leave()
    {
        _left = true;
        _timer?.Dispose();
        _firstAnswer ??= ResolveResult.Of(EndReason.ConnectTimeout);
        _lateAnswer ??= ResolveResult.Of(EndReason.ConnectTimeout);
        foreach (var side in _sides)
        {
            if (side.Pending is { } pending) _resolver.Leave(pending, this);
            side.Pending = null;
        }
    }

    private void DelayIsOver()
    {
        if (_left || _firstAnswer is not null) return;
        foreach (var side in _sides)
        {
            if (side.Pending is { } pending) _resolver.Slow.Add(pending.Key);
        }
        _firstAnswer = Told(_sides.First(side => side.Answer is { End: EndReason.None }));
    }

    private Side Of(AddressFamily family) => _sides[_sides[0].Family == family ? 0 : 1];

    private static ResolveResult Told(Side? side)
    {
        if (side?.Answer is not { } answer) return ResolveResult.Of(EndReason.None);
        side.IsTold = true;
        return answer;
    }

    /// <summary>Both families' addresses; without any, the reason that leaves most open: a server that failed might have known some.</summary>
    private ResolveResult Together()
    {
        ResolveResult[] answers = [.. _sides.Where(side => side.Answer is not null).Select(Told)];
        if (answers.Any(answer => answer.End == EndReason.None))
            return new ResolveResult([.. answers.SelectMany(answer => answer.Addresses)], answers.Where(answer => answer.End == EndReason.None).Min(answer => answer.Lifetime), EndReason.None);
        var failure = answers.FirstOrDefault(answer => answer.End != EndReason.NameNotResolved, ResolveResult.Of(EndReason.NameNotResolved));
        return ResolveResult.Of(failure.End);
    }

    /// <summary>One family of it.</summary>
    private sealed class Side(AddressFamily family)
    {
        public AddressFamily Family => family;

        public Lookup? Pending { get; set; }

        public ResolveResult? Answer { get; set; }

        /// <summary>When the answer came.</summary>
        public long Since { get; set; }

        public bool IsTold { get; set; }
    }
}
