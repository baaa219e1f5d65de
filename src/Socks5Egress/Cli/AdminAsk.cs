using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Socks5Egress.Configuration;

namespace Socks5Egress.Cli;

/// <summary>Asks the admin address of a running gateway, which is found as <c>run</c> finds it, or named by <c>SOCKS5EGRESS_ADMIN</c>.</summary>
/// <param name="http">Makes the calls.</param>
/// <param name="place">Where it is.</param>
internal sealed class AdminAsk(HttpClient http, Uri place) : IDisposable
{
    /// <summary>ADDR:PORT of a gateway, for the verbs that ask one.</summary>
    public const string Variable = EnvironmentVariables.AskedAdmin;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Where the gateway is asked.</summary>
    public Uri Place => place;

    /// <param name="settings">The configuration that <c>run</c> would have here.</param>
    /// <param name="environment">The variables of the process.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static AdminAsk? Of(AdminSettings settings, IReadOnlyDictionary<string, string> environment, out string? fault)
    {
        fault = null;
        var endpoint = settings.EndPoint;
        if (environment.GetValueOrDefault(Variable) is { Length: > 0 } named && EndPointParser.Parse(named, out endpoint) is { } wrong) fault = $"{Variable}: {wrong}";
        else if (endpoint is null or { Port: 0 }) fault = $"--admin: is off or port 0; name the gateway's with --admin or {Variable}";
        if (fault is not null) return null;

        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { Timeout = Patience };
        if (settings.Token is { } token) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token.Reveal());
        return new AdminAsk(http, Url(endpoint!));
    }

    /// <summary>Gets a page.</summary>
    /// <returns>The body, or why there is none.</returns>
    public async Task<(string? Body, string? Fault)> GetAsync(string path, CancellationToken cancellation)
    {
        var url = new Uri(place, path);
        try
        {
            using var answer = await http.GetAsync(url, cancellation);
            var body = await answer.Content.ReadAsStringAsync(cancellation);
            return answer.IsSuccessStatusCode ? (body, null) : (null, $"{url} says {(int)answer.StatusCode}: {body.Trim()}");
        }
        catch (Exception exception) when (exception is HttpRequestException || (exception is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            return (null, $"{url} does not answer ({exception.Message}): is a gateway running here, with its admin address there? {Variable} names another");
        }
    }

    public void Dispose() => http.Dispose();

    /// <summary>What listens on every address is asked on loopback, which is served everything.</summary>
    private static Uri Url(IPEndPoint endpoint)
    {
        var address = endpoint.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : endpoint.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : endpoint.Address;
        return new UriBuilder("http", address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString(), endpoint.Port).Uri;
    }
}
