using System.Net;
using System.Text.Json;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>What tests of static forwards need to know of a gateway.</summary>
internal static class ForwardGateway
{
    /// <summary>A gateway with these forwards and nothing opened by rules.</summary>
    public static Task<GatewayProcess> StartAsync(string transport, params string[] options) =>
        GatewayProcess.StartAsync(new GatewayStart { Transport = transport, Options = options });

    /// <summary>A gateway whose one forward is described as in the file; it listens on a port of its own.</summary>
    public static async Task<GatewayProcess> StartWithFileAsync(string transport, TemporaryFolder folder, object forward, params string[] options)
    {
        var file = folder.Write("gateway.json", JsonSerializer.Serialize(new { Forwards = new[] { forward } }));
        return await StartAsync(transport, ["--config", file, .. options]);
    }

    /// <summary>Where a forward really listens; it is told before <c>gateway.ready</c>.</summary>
    public static IPEndPoint Forward(this GatewayProcess gateway, int place = 0) =>
        IPEndPoint.Parse(gateway.Log.Of("forward.ready")[place].GetProperty("listen").GetString()!);

    /// <summary>Whether an event is about this target.</summary>
    public static Func<JsonElement, bool> About(EndPoint target) => entry => entry.GetProperty("target").GetString() == target.ToString();
}
