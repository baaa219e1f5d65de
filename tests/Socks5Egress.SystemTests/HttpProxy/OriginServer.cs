using System.Globalization;
using System.Net;
using Socks5Egress.SystemTests.Harness;

namespace Socks5Egress.SystemTests.HttpProxy;

/// <summary>A folder served over HTTP or HTTPS by Python's own server, as clients of every kind expect a server to be.</summary>
internal sealed class OriginServer : IAsyncDisposable
{
    private const string Https =
        "import http.server, ssl, sys, functools\n"
        + "handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[2])\n"
        + "server = http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), handler)\n"
        + "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
        + "context.load_cert_chain(sys.argv[3], sys.argv[4])\n"
        + "server.socket = context.wrap_socket(server.socket, server_side=True)\n"
        + "server.serve_forever()\n";

    private readonly ServerProcess _process;

    private OriginServer(ServerProcess process, int port, string scheme)
    {
        _process = process;
        EndPoint = new IPEndPoint(IPAddress.Loopback, port);
        Url = $"{scheme}://{EndPoint}/";
    }

    public IPEndPoint EndPoint { get; }

    /// <summary>With a slash at its end.</summary>
    public string Url { get; }

    public static async Task<OriginServer> StartAsync(string folder)
    {
        var port = FreePort.Pick();
        return new OriginServer(
            await ServerProcess.StartAsync(port, "/usr/bin/python3", "-m", "http.server", Text(port), "--bind", "127.0.0.1", "--directory", folder), port, "http");
    }

    public static async Task<OriginServer> StartHttpsAsync(string folder, string certificate, string key)
    {
        var port = FreePort.Pick();
        return new OriginServer(await ServerProcess.StartAsync(port, "/usr/bin/python3", "-c", Https, Text(port), folder, certificate, key), port, "https");
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
