using System.Net;
using System.Text;
using Socks5Egress.Accounting;
using Socks5Egress.Protocol;
using Socks5Egress.Transport;

namespace Socks5Egress.HttpForward;

/// <summary>
/// The connections to origins of one client's connection. Nobody else uses them: an origin may bind a login to a connection. A request is
/// judged by its name, each new connection by its address; a reload empties the pool, and so does the connection above <see cref="Most"/>.
/// </summary>
internal sealed class Origins(Stages stages, SessionRecord record, ILeg client, CancellationToken stop) : IAsyncDisposable
{
    /// <summary>Connections that are kept at once.</summary>
    private const int Most = 8;

    private static readonly HttpRequestOptionsKey<Attempt> AttemptKey = new("attempt");

    private readonly CancellationTokenSource _over = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly Lock _gate = new();
    private readonly List<LegStream> _open = [];
    private readonly List<Task> _dialling = [];
    private HttpMessageInvoker? _pool;
    private Rulebook? _poolRules;

    /// <summary>Sends a request whose name was judged.</summary>
    /// <returns>The answer's head, or why there is none.</returns>
    public async Task<(HttpResponseMessage? Response, EndReason End)> SendAsync(
        Rulebook rules, Wish wish, HttpRequestMessage request, CancellationToken cancellation)
    {
        var attempt = new Attempt(wish);
        request.Options.Set(AttemptKey, attempt);
        try
        {
            var response = await Pool(rules).SendAsync(request, cancellation);
            if (attempt.Leg is null && Find(wish.Destination) is { } kept)
            {
                (record.Judgement, record.Dialled, record.Source) = kept;
                wish.Lease.Hold(wish.Lease.Grant with { Address = AddressLiteral.Canonical(kept.Dialled.Address), Source = kept.Source.Address }, rules);
            }
            return (response, EndReason.None);
        }
        catch (OperationCanceledException)
        {
            return (null, EndReason.ClientReset);
        }
        catch (HttpRequestException exception)
        {
            if (attempt.End != EndReason.None) return (null, attempt.End);
            if (exception.InnerException is Microsoft.AspNetCore.Http.BadHttpRequestException) return (null, EndReason.BadRequest);
            return (null, exception.HttpRequestError switch
            {
                HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded => EndReason.BadResponse,
                HttpRequestError.ResponseEnded => EndReason.TargetFin,
                _ => EndReason.TargetReset,
            });
        }
        catch (IOException)
        {
            // The client's body broke off
            return (null, EndReason.BadRequest);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _pool?.Dispose();
        Task[] dialling;
        LegStream[] open;
        lock (_gate) (dialling, open) = ([.. _dialling], [.. _open]);
        await Task.WhenAll(dialling).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var stream in open) await stream.DisposeAsync();
        _over.Dispose();
    }

    private HttpMessageInvoker Pool(Rulebook rules)
    {
        bool full;
        lock (_gate) full = _open.Count >= Most;
        if (_pool is not null && ReferenceEquals(rules, _poolRules) && !full) return _pool;
        _pool?.Dispose();
        _poolRules = rules;
        return _pool = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            ConnectTimeout = Timeout.InfiniteTimeSpan,
            MaxResponseHeadersLength = 64,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ResponseHeaderEncodingSelector = static (_, _) => Encoding.Latin1,
            ConnectCallback = ConnectAsync,
        });
    }

    private ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        if (!context.InitialRequestMessage.Options.TryGetValue(AttemptKey, out var attempt)) throw new InvalidOperationException("A request without its attempt.");
        var dialling = DialAsync(attempt, cancellation);
        lock (_gate) _dialling.Add(dialling);
        return new(dialling);
    }

    private async Task<Stream> DialAsync(Attempt attempt, CancellationToken cancellation)
    {
        using var deadline = stages.ConnectTimeout > TimeSpan.Zero
            ? new CancellationTokenSource(stages.ConnectTimeout, stages.Time)
            : new CancellationTokenSource();
        using var any = CancellationTokenSource.CreateLinkedTokenSource(_over.Token, deadline.Token, cancellation);
        try
        {
            var dialled = await Reaching.DialAsync(stages, attempt.Wish, record, client, any.Token);
            if (dialled.Leg is { } leg) return Opened(attempt, leg, dialled.Place);
            attempt.End = deadline.IsCancellationRequested ? EndReason.ConnectTimeout
                : dialled.End == EndReason.PolicyDenied && record.Rule == Policy.RuleNames.OwnListener ? EndReason.ForwardLoop : dialled.End;
        }
        catch (OperationCanceledException)
        {
            attempt.End = deadline.IsCancellationRequested ? EndReason.ConnectTimeout : EndReason.ClientReset;
        }
        throw new IOException("The origin was not reached.");
    }

    private LegStream Opened(Attempt attempt, ILeg leg, IDisposable? place)
    {
        attempt.Leg = leg;
        var stream = new LegStream(leg, closed =>
        {
            lock (_gate) _open.Remove(closed);
            place?.Dispose();
        })
        {
            Destination = attempt.Wish.Destination,
            Judgement = record.Judgement,
        };
        lock (_gate) _open.Add(stream);
        return stream;
    }

    private (Judgement? Judgement, IPEndPoint Dialled, IPEndPoint Source)? Find(Destination destination)
    {
        lock (_gate)
        {
            var stream = _open.FindLast(each => each.Destination == destination);
            return stream is null ? null : (stream.Judgement, stream.Leg.RemoteEndPoint, stream.Leg.LocalEndPoint);
        }
    }

    /// <summary>One request on its way to an origin.</summary>
    private sealed class Attempt(Wish wish)
    {
        public Wish Wish => wish;

        /// <summary>The connection that was made for it; null when it used one that was there.</summary>
        public ILeg? Leg { get; set; }

        /// <summary>Why no connection could be made for it.</summary>
        public EndReason End { get; set; }
    }
}
