using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Socks5Egress.Fly.Api;

/// <summary>
/// One call to Fly.io: the token, the limits, and every failure as one sentence. A call that only reads is repeated up to three
/// times after 429, a server's failure or a broken connection; a call that changes something is never repeated, because
/// nobody can tell whether it was done. What does not answer is said to hang after two seconds and given up after thirty.
/// </summary>
internal sealed class FlyHttp : IDisposable
{
    private const int Repeats = 3;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(2);

    private readonly FlyAccess _access;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly HttpClient _http;

    /// <param name="access">Where and as whom.</param>
    /// <param name="time">The clock.</param>
    /// <param name="say">Told, a sentence each, what a person who waits should know.</param>
    public FlyHttp(FlyAccess access, TimeProvider time, Action<string> say)
    {
        _access = access;
        _time = time;
        _say = say;
        // A redirect would carry the token to whoever is named there
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            Timeout = Patience,
            MaxResponseContentBufferSize = 16 << 20,
        };
        _http.DefaultRequestHeaders.UserAgent.ParseAdd("socks5egress");
    }

    /// <summary>Reads; repeated when that may help.</summary>
    public async Task<FlyResult<T>> ReadAsync<T>(Func<HttpRequestMessage> request, JsonTypeInfo<T> shape, CancellationToken cancellation)
        where T : class
    {
        for (int attempt = 0; ; attempt++)
        {
            var (result, wait) = await CallAsync(request(), shape, cancellation);
            // Half a minute of silence is an answer: three times as much would say no more
            if (result.Error is not { Fault: FlyFault.RateLimited or FlyFault.Unavailable, IsSilence: false } || attempt == Repeats) return result;
            wait ??= TimeSpan.FromSeconds(1 << attempt);
            if (wait > LongestWait) return result;
            await Task.Delay(wait.Value, _time, cancellation);
        }
    }

    /// <summary>Changes something; sent once.</summary>
    public async Task<FlyResult<T>> ChangeAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> shape, CancellationToken cancellation)
        where T : class => (await CallAsync(request, shape, cancellation)).Result;

    /// <summary>Changes something and expects no body; null when it was done.</summary>
    public async Task<FlyError?> ChangeAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        var (answer, error) = await SendAsync(request, cancellation);
        using (answer) return error ?? Judge(answer!, request);
    }

    public void Dispose() => _http.Dispose();

    private async Task<(FlyResult<T> Result, TimeSpan? Wait)> CallAsync<T>(
        HttpRequestMessage request, JsonTypeInfo<T> shape, CancellationToken cancellation)
        where T : class
    {
        var (answer, error) = await SendAsync(request, cancellation);
        using var _ = answer;
        if (answer is null) return (error!, null);
        if (Judge(answer, request) is { } refusal) return (refusal, RetryAfter(answer));
        try
        {
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            return JsonSerializer.Deserialize(bytes, shape) is { } value ? (value, null) : (Malformed(request), null);
        }
        catch (JsonException)
        {
            return (Malformed(request), null);
        }
    }

    private async Task<(HttpResponseMessage? Answer, FlyError? Error)> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        using (request)
        {
            request.Headers.Authorization ??= _access.Authorization;
            try
            {
                var answer = _http.SendAsync(request, cancellation);
                if (await Task.WhenAny(answer, Task.Delay(Quiet, _time, cancellation)) != answer && !cancellation.IsCancellationRequested)
                    _say(Where(request) + $" has not answered for {Quiet.TotalSeconds} s; it is given {Patience.TotalSeconds} s.");
                return (await answer, null);
            }
            catch (HttpRequestException exception)
            {
                return (null, new(FlyFault.Unavailable, Where(request) + " could not be reached: " + _access.Redact(exception.Message)));
            }
            catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
            {
                return (null, new(FlyFault.Unavailable, Where(request) + $" did not answer within {Patience.TotalSeconds} s: try again later, and see status.fly.io.") { IsSilence = true });
            }
        }
    }

    private static FlyError? Judge(HttpResponseMessage answer, HttpRequestMessage request)
    {
        if (answer.IsSuccessStatusCode) return null;
        var where = Where(request);
        return answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new(
                FlyFault.Token, where + " did not accept the token in FLY_API_TOKEN (401): it may have expired; create another one."),
            HttpStatusCode.Forbidden => new(
                FlyFault.Token, where + " says that the token in FLY_API_TOKEN may not do this (403): create one for this app or its organisation."),
            HttpStatusCode.NotFound => new(FlyFault.NotFound, where + " knows no such thing (404): check --app, --machine and the address."),
            HttpStatusCode.TooManyRequests => new(
                FlyFault.RateLimited,
                where + " takes no more calls for now (429)" +
                (RetryAfter(answer) is { } wait ? ": try again in " + Math.Ceiling(wait.TotalSeconds) + " s." : ": try again in a minute.")),
            >= HttpStatusCode.InternalServerError => new(
                FlyFault.Unavailable, where + " failed (" + (int)answer.StatusCode + "): try again, and see status.fly.io."),
            _ => new(FlyFault.Refused, where + " refused the call (" + (int)answer.StatusCode + ")."),
        };
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage answer) => answer.Headers.RetryAfter?.Delta
        ?? (answer.Headers.RetryAfter?.Date is { } date && answer.Headers.Date is { } now && date > now ? date - now : null);

    private static FlyError Malformed(HttpRequestMessage request) =>
        new(FlyFault.Malformed, Where(request) + " answered something that is not the JSON expected: check FLY_API_BASE_URL, or try a newer release.");

    private static string Where(HttpRequestMessage request) =>
        new StringBuilder("Fly.io at ").Append(request.RequestUri!.Authority).Append(request.RequestUri.AbsolutePath).ToString();
}
