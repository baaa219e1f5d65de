using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Socks5Egress.SystemTests.Fly;

/// <summary>
/// Fly.io's interfaces, as far as this program uses them, over HTTP on loopback: GraphQL, promotion and the Machines from one base. The
/// shapes are those of fly-go and flyctl; no live account stands behind them.
/// </summary>
internal sealed class FakeFly : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly ConcurrentDictionary<string, Func<Task>> _before = new();
    private int _allocated;

    private FakeFly(WebApplication server) => _server = server;

    public string BaseUrl { get; private set; } = "";

    /// <summary>The token that is accepted.</summary>
    public required string Token { get; init; }

    /// <summary>Machine null: the app's own.</summary>
    public List<(string Ip, string Region, string? Machine)> Egress { get; } = [];

    public List<(string Address, string Type)> Ingress { get; } = [];

    public List<(string Id, string Region, string State)> Machines { get; } = [];

    /// <summary>What the Machines interface alone knows. Type null: it tells none.</summary>
    public List<(string Ip, string? Type)> Assigned { get; } = [];

    /// <summary>What was asked, a word each: the GraphQL field or the path's last part.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>Answers instead of the ordinary one, by call; the first is taken off at each.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<Func<HttpContext, Task>>> Instead { get; } = new();

    public static async Task<FakeFly> StartAsync(string token = "fm2_secretsecretsecret")
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var fake = new FakeFly(builder.Build()) { Token = token };
        fake._server.Run(fake.ServeAsync);
        await fake._server.StartAsync();
        fake.BaseUrl = fake._server.Urls.Single();
        return fake;
    }

    /// <summary>Answers these calls otherwise: one answer a call, in this order.</summary>
    public void Answer(string call, params Func<HttpContext, Task>[] answers) => Instead[call] = new(answers);

    /// <summary>Does something before the ordinary answer of a call, once.</summary>
    public void Before(string call, Func<Task> first) => _before[call] = first;

    public static Func<HttpContext, Task> Status(int status, string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        if (retryAfter is not null) context.Response.Headers.RetryAfter = retryAfter;
        return Task.CompletedTask;
    };

    public static Func<HttpContext, Task> Text(string text) => context => context.Response.WriteAsync(text);

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var path = context.Request.Path.Value!;
        var body = await new StreamReader(context.Request.Body, Encoding.UTF8).ReadToEndAsync();
        var request = path == "/graphql" ? JsonNode.Parse(body) : null;
        var call = request is null ? path.Split('/')[^1] : Field(request["query"]!.GetValue<string>());
        Calls.Enqueue(call);
        if (_before.TryRemove(call, out var first)) await first();
        if (Instead.TryGetValue(call, out var answers) && answers.TryDequeue(out var answer))
        {
            await answer(context);
            return;
        }

        var scheme = Token.StartsWith("fm2_", StringComparison.Ordinal) ? "FlyV1 " : "Bearer ";
        if (context.Request.Headers.Authorization != scheme + Token)
        {
            context.Response.StatusCode = (int)HttpStatusCode.Unauthorized;
            return;
        }

        if (request is not null) await context.Response.WriteAsync(GraphQl(call, request["variables"]!).ToJsonString());
        else if (call == "machines") await context.Response.WriteAsync(Array(Machines, Machine).ToJsonString());
        else if (call == "ip_assignments") await context.Response.WriteAsync(new JsonObject { ["ips"] = Array(Assigned, Assignment) }.ToJsonString());
        else if (call == "promote") Promote(context, path.Split('/')[^2]);
        else context.Response.StatusCode = (int)HttpStatusCode.NotFound;
    }

    private static string Field(string query)
    {
        foreach (var field in new[] { "allocateEgressIpAddress", "releaseEgressIpAddress", "ipAddresses", "machines" })
            if (query.Contains(field, StringComparison.Ordinal)) return field;
        return "egressIpAddresses";
    }

    private JsonObject GraphQl(string call, JsonNode variables)
    {
        if (call is "allocateEgressIpAddress" or "releaseEgressIpAddress")
        {
            var input = variables["input"]!;
            return Data(call, call.StartsWith('a') ? Allocate(input["region"]?.GetValue<string>(), input["machineId"]?.GetValue<string>())
                : Release(input["ip"]?.GetValue<string>(), input["machineId"]?.GetValue<string>()));
        }

        JsonNode app = call switch
        {
            "ipAddresses" => new JsonObject
            {
                ["ipAddresses"] = Nodes(Ingress, entry => new JsonObject { ["address"] = entry.Address, ["type"] = entry.Type, ["region"] = "global" }),
                ["sharedIpAddress"] = null,
            },
            "machines" => new JsonObject
            {
                ["machines"] = Nodes(Machines, machine => new JsonObject { ["id"] = machine.Id, ["egressIpAddresses"] = EgressOf(machine.Id) }),
            },
            _ => new JsonObject { ["egressIpAddresses"] = EgressOf(null) },
        };
        return Data("app", app);
    }

    private JsonObject Allocate(string? region, string? machine)
    {
        int number = Interlocked.Increment(ref _allocated);
        var (v4, v6) = ($"198.51.100.{number}", $"2001:db8::{number}");
        region ??= Machines.Single(one => one.Id == machine).Region;
        Egress.Add((v4, region, machine));
        Egress.Add((v6, region, machine));
        return new JsonObject { ["v4"] = v4, ["v6"] = v6 };
    }

    private JsonObject Release(string? ip, string? machine)
    {
        var gone = Egress.Where(entry => machine is null ? entry.Ip == ip : entry.Machine == machine).ToArray();
        Egress.RemoveAll(gone.Contains);
        return new JsonObject
        {
            ["v4"] = gone.Select(entry => entry.Ip).FirstOrDefault(one => !one.Contains(':')),
            ["v6"] = gone.Select(entry => entry.Ip).FirstOrDefault(one => one.Contains(':')),
        };
    }

    private void Promote(HttpContext context, string ip)
    {
        int at = Egress.FindIndex(entry => entry.Ip == ip);
        if (at < 0) context.Response.StatusCode = (int)HttpStatusCode.NotFound;
        else Egress[at] = Egress[at] with { Machine = null };
    }

    private JsonObject EgressOf(string? machine) => Nodes(Egress.Where(entry => entry.Machine == machine), entry => new JsonObject
    {
        ["id"] = "ip_" + entry.Ip,
        ["ip"] = entry.Ip,
        ["version"] = entry.Ip.Contains(':') ? 6 : 4,
        ["region"] = entry.Region,
        ["updatedAt"] = "2026-11-01T10:00:00Z",
    });

    private static JsonObject Machine((string Id, string Region, string State) machine) => new()
    {
        ["id"] = machine.Id,
        ["state"] = machine.State,
        ["region"] = machine.Region,
        ["config"] = new JsonObject { ["image"] = "registry.example/egress:1" },
    };

    private static JsonObject Assignment((string Ip, string? Type) address)
    {
        var node = new JsonObject
        {
            ["ip"] = address.Ip, ["region"] = "fra", ["service_name"] = "", ["shared"] = false, ["created_at"] = "2026-11-01T10:00:00Z",
        };
        if (address.Type is { } type) node["type"] = type;
        return node;
    }

    private static JsonObject Data(string field, JsonNode value) => new() { ["data"] = new JsonObject { [field] = value } };

    private static JsonObject Nodes<T>(IEnumerable<T> values, Func<T, JsonObject> shape) => new() { ["nodes"] = Array(values, shape) };

    private static JsonArray Array<T>(IEnumerable<T> values, Func<T, JsonObject> shape) => [.. values.Select(shape)];
}
