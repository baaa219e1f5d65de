using Xunit;

namespace Socks5Egress.SystemTests.Harness;

/// <summary>The transports that every test of the data path runs with, by their <c>--transport</c> names.</summary>
public static class TransportKind
{
    private const string Built = "sockets,epoll";

    /// <summary>All of them; <c>SOCKS5EGRESS_TRANSPORTS</c> (a comma list) narrows or widens a run by hand.</summary>
    public static TheoryData<string> All =>
        [.. (Environment.GetEnvironmentVariable("SOCKS5EGRESS_TRANSPORTS") ?? Built).Split(',')];
}
