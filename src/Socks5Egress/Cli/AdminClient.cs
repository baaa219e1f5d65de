using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Socks5Egress.Configuration;
using Socks5Egress.Gateway.Authentication;

namespace Socks5Egress.Cli;

/// <summary>
/// Asks the running gateway to do something, over its admin address. The address is that of <c>--admin</c>, else of SOCKS5EGRESS_ADMIN, else the
/// default: the gateway's own configuration is not read, as it may be the one that is wrong.
/// </summary>
internal sealed class AdminClient
{
    private const string AddressVariable = "SOCKS5EGRESS_ADMIN", SettingVariable = "SOCKS5EGRESS_Admin", TokenVariable = "SOCKS5EGRESS_AdminTokenFile";
    private const string Default = "127.0.0.1:9180";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Option<string> _address = new("--admin")
    {
        HelpName = "ADDR:PORT", Description = $"The gateway's admin address. [{AddressVariable}; default: {Default}]",
    };

    private readonly Option<string> _tokenFile = new("--admin-token-file")
    {
        HelpName = "FILE", Description = $"Holds the token that the gateway asks for off loopback. [{TokenVariable}]",
    };

    private IPEndPoint? _endpoint;
    private string? _token;

    public AdminClient(Command command)
    {
        command.Options.Add(_address);
        command.Options.Add(_tokenFile);
    }

    /// <summary>What is wrong with the options.</summary>
    public IEnumerable<string> Validate(ParseResult parsed, CommandContext context)
    {
        var environment = context.Environment;
        var (text, name) = parsed.GetValue(_address) is { } given ? (given, "--admin")
            : environment.GetValueOrDefault(AddressVariable) is { } variable ? (variable, AddressVariable)
            : (environment.GetValueOrDefault(SettingVariable) ?? Default, SettingVariable);
        if (EndPointParser.Parse(text, out _endpoint) is { } error) yield return $"{name}: {error}";
        else if (_endpoint is { Port: 0 }) yield return $"{name}: port 0 cannot be asked; write the port that the gateway listens on";
        if ((parsed.GetValue(_tokenFile) ?? environment.GetValueOrDefault(TokenVariable)) is not { Length: > 0 } file) yield break;
        if (PrivateFile.Read(file, FilePatience.OfStart, out var token) is { } fault) yield return $"--admin-token-file: {fault}";
        _token = token.Trim();
    }

    /// <summary>Posts, and waits for the answer.</summary>
    /// <param name="path">The path, with its query.</param>
    /// <param name="error">Told why there is no answer.</param>
    /// <returns>The status and the answer; null when there is none.</returns>
    public async Task<(HttpStatusCode Status, JsonObject Answer)?> PostAsync(string path, TextWriter error)
    {
        // What listens on every address is asked on loopback
        var address = _endpoint!.Address;
        if (address.Equals(IPAddress.Any)) address = IPAddress.Loopback;
        if (address.Equals(IPAddress.IPv6Any)) address = IPAddress.IPv6Loopback;
        var url = new Uri($"http://{new IPEndPoint(address, _endpoint.Port)}{path}");
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent([]) };
        if (_token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        try
        {
            using var answer = await http.SendAsync(request);
            if (JsonNode.Parse(await answer.Content.ReadAsStringAsync()) is JsonObject body) return (answer.StatusCode, body);
            error.WriteLine($"{CommandLine.Program}: {url.Authority} answers with something else than this program does: check --admin");
        }
        catch (JsonException)
        {
            error.WriteLine($"{CommandLine.Program}: {url.Authority} answers with something else than this program does, or an older one: check --admin");
        }
        catch (Exception exception) when (exception is HttpRequestException or TaskCanceledException)
        {
            error.WriteLine($"{CommandLine.Program}: the gateway's admin address {url.Authority} does not answer: {exception.Message}");
        }
        return null;
    }

    /// <summary>Says why the gateway did not do it.</summary>
    public static void WriteErrors(JsonObject answer, TextWriter error)
    {
        if (answer["error"] is { } single) error.WriteLine($"{CommandLine.Program}: {single}");
        foreach (var each in answer["errors"] as JsonArray ?? []) error.WriteLine($"{CommandLine.Program}: {each}");
    }
}
