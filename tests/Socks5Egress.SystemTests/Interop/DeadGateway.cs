using System.Net;
using System.Net.Sockets;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Interop;

/// <summary>A gateway that is down: its port refuses connections, and stays nobody else's for the test.</summary>
internal sealed class DeadGateway : IDisposable
{
    private readonly Socket _reserved = FreePort.Reserve();

    public SocksProxy Proxy => new((IPEndPoint)_reserved.LocalEndPoint!);

    /// <summary>The client failed, and the server has nothing to do with it: its own refusal would mean that the client passed by the gateway.</summary>
    public static void AssertFailedWithoutServer(ProgramResult result)
    {
        Assert.True(result.ExitCode != 0, result.ToString());
        AssertNotTheServers(result.Error + result.Output);
    }

    public static void AssertNotTheServers(string words)
    {
        foreach (var own in (string[])["pg_hba", "is not allowed to connect", "127.0.0.77"]) Assert.DoesNotContain(own, words, StringComparison.Ordinal);
    }

    public void Dispose() => _reserved.Dispose();
}
