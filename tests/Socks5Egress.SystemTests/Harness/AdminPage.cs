using System.Net;
using System.Text.Json;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>The admin address of a gateway, asked over HTTP.</summary>
internal static class AdminPage
{
    private static readonly HttpClient Client = new() { Timeout = Deadline.Step };

    public static async Task<(HttpStatusCode Status, string Body)> GetAsync(GatewayProcess gateway, string path)
    {
        using var deadline = Deadline.Token();
        using var response = await Client.GetAsync(new Uri(gateway.Admin, path), deadline.Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(deadline.Token));
    }

    public static async Task<(HttpStatusCode Status, string Body)> PostAsync(GatewayProcess gateway, string path)
    {
        using var deadline = Deadline.Token();
        using var response = await Client.PostAsync(new Uri(gateway.Admin, path), new ByteArrayContent([]), deadline.Token);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(deadline.Token));
    }

    /// <summary>How many sessions <c>/sessions</c> lists.</summary>
    public static async Task<int> SessionsAsync(GatewayProcess gateway)
    {
        var (_, body) = await GetAsync(gateway, "/sessions");
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        return (root.ValueKind == JsonValueKind.Array ? root : root.GetProperty("sessions")).GetArrayLength();
    }
}
