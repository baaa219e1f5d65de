using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Socks5Egress.Client;

/// <summary>How platforms give a workload its token. Each is made from the platform's documentation, named at the method.</summary>
internal static class TokenSources
{
    /// <summary>The longest token that a gateway takes.</summary>
    public const int MaxLength = 8 * 1024;

    /// <summary>Where a Machine of Fly.io asks.</summary>
    public const string FlySocket = "/.fly/api";

    /// <summary>The variable of GitLab's ID token that is taken before others.</summary>
    public const string GitLabVariable = "SOCKS5EGRESS_ID_TOKEN";

    private const int MaxAnswer = 64 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>POST /v1/tokens/oidc on the Machine's socket (fly.io/docs/security/openid-connect): the answer is the token.</summary>
    public static async Task<string> FlyAsync(string path, string audience, CancellationToken cancellation)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false, AllowAutoRedirect = false,
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), token);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/v1/tokens/oidc");
        request.Content = new StringContent(Json("aud", audience), Encoding.UTF8, "application/json");
        var answer = await AskAsync(handler, request, $"the socket {path} of Fly.io", "it is there on Fly Machines only", cancellation);
        return answer.TrimStart().StartsWith('{') ? Member(answer, "token") ?? Member(answer, "value") ?? "" : answer.Trim().Trim('"');
    }

    /// <summary>GET of ACTIONS_ID_TOKEN_REQUEST_URL (docs.github.com, "About security hardening with OpenID Connect"): <c>{"value":"TOKEN"}</c>.</summary>
    public static async Task<string> GitHubAsync(string audience, CancellationToken cancellation)
    {
        var (place, secret) = (Environment.GetEnvironmentVariable("ACTIONS_ID_TOKEN_REQUEST_URL"), Environment.GetEnvironmentVariable("ACTIONS_ID_TOKEN_REQUEST_TOKEN"));
        if (string.IsNullOrEmpty(place) || string.IsNullOrEmpty(secret))
            throw new TokenSourceException("ACTIONS_ID_TOKEN_REQUEST_URL and _TOKEN are not set: give the job permissions: id-token: write");
        if (!Uri.TryCreate(place + (place.Contains('?', StringComparison.Ordinal) ? "&" : "?") + "audience=" + Uri.EscapeDataString(audience), UriKind.Absolute, out var url)
            || !(url.Scheme == "https" || url is { Scheme: "http", IsLoopback: true })) throw new TokenSourceException("ACTIONS_ID_TOKEN_REQUEST_URL is no https URL");
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        request.Headers.Accept.ParseAdd("application/json");
        return Member(await AskAsync(handler, request, "ACTIONS_ID_TOKEN_REQUEST_URL", "see the permissions of the job", cancellation), "value") ?? "";
    }

    /// <summary>A variable of the job's <c>id_tokens</c> (docs.gitlab.com/ci/yaml/#id_tokens), whose name the job chooses.</summary>
    public static Task<string> GitLabAsync(string audience, CancellationToken cancellation)
    {
        if (Environment.GetEnvironmentVariable(GitLabVariable) is { Length: > 0 } own) return Task.FromResult(own);
        // A token for somebody else is not shown to a gateway
        var found = Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(variable => ((string)variable.Key).EndsWith("TOKEN", StringComparison.Ordinal) && IsFor(variable.Value as string, audience)).ToList();
        return found.Count switch
        {
            1 => Task.FromResult((string)found[0].Value!),
            0 => throw new TokenSourceException($"neither {GitLabVariable} nor another variable holds a token for the audience {audience}: name it under id_tokens of the job"),
            _ => throw new TokenSourceException($"several variables hold a token for the audience {audience}: call the one that is meant {GitLabVariable}"),
        };
    }

    /// <summary>A file, whole.</summary>
    public static async Task<string> FileAsync(string path, CancellationToken cancellation)
    {
        try
        {
            await using var file = File.OpenRead(path);
            return await ReadAsync(file, cancellation);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new TokenSourceException($"the file '{path}' cannot be read", fault);
        }
    }

    /// <summary>The standard output of a command.</summary>
    public static async Task<string> CommandAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(words[0], words.Skip(1)) { RedirectStandardOutput = true, RedirectStandardInput = true };
        start.Environment.Remove("SOCKS5EGRESS_PASSWORD");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        Process? process = null;
        try
        {
            process = Process.Start(start) ?? throw new TokenSourceException($"the command '{words[0]}' did not start");
            process.StandardInput.Close();
            var output = await ReadAsync(process.StandardOutput.BaseStream, limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return process.ExitCode == 0 ? output : throw new TokenSourceException($"the command '{words[0]}' ended with code {process.ExitCode}");
        }
        catch (System.ComponentModel.Win32Exception fault)
        {
            throw new TokenSourceException($"the command '{words[0]}' cannot be executed", fault);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TokenSourceException($"the command '{words[0]}' took longer than {Patience.TotalSeconds:0} s");
        }
        finally
        {
            if (process is { HasExited: false }) process.Kill(entireProcessTree: true);
            process?.Dispose();
        }
    }

    private static async Task<string> AskAsync(SocketsHttpHandler handler, HttpRequestMessage request, string whom, string hint, CancellationToken cancellation)
    {
        using var http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = MaxAnswer };
        try
        {
            using var answer = await http.SendAsync(request, cancellation);
            if (!answer.IsSuccessStatusCode) throw new TokenSourceException($"{whom} answered {(int)answer.StatusCode}; {hint}");
            return await answer.Content.ReadAsStringAsync(cancellation);
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException || (fault is TaskCanceledException && !cancellation.IsCancellationRequested))
        {
            throw new TokenSourceException($"{whom} does not answer; {hint}", fault is TaskCanceledException ? null : fault);
        }
    }

    private static async Task<string> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        var room = new byte[MaxAnswer];
        var length = await stream.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(room, 0, length);
    }

    private static bool IsFor(string? token, string audience)
    {
        if (token?.Split('.') is not [_, var claims, _]) return false;
        try
        {
            using var document = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(claims));
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("aud", out var whom)) return false;
            return whom.ValueKind == JsonValueKind.Array
                ? whom.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.String && item.ValueEquals(audience))
                : whom.ValueKind == JsonValueKind.String && whom.ValueEquals(audience);
        }
        catch (Exception fault) when (fault is FormatException or JsonException)
        {
            return false;
        }
    }

    private static string? Member(string json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object && document.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Json(string name, string value) => $"{{\"{name}\":\"{JsonEncodedText.Encode(value)}\"}}";
}
