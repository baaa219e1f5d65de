using System.Net.Sockets;
using Socks5Egress.Transport;
using Xunit;

namespace Socks5Egress.Tests.Transport;

/// <summary>Which exceptions are ends of a connection, and which are bugs.</summary>
public sealed class LegFaultTests
{
    public static TheoryData<Exception, string> Ends => new()
    {
        { new SocketException((int)SocketError.ConnectionReset), "Reset" },
        { new SocketException((int)SocketError.TimedOut), "TimedOut" },
        { new SocketException((int)SocketError.OperationAborted), "Aborted" },
        { new IOException("", new SocketException((int)SocketError.TimedOut)), "TimedOut" },
        { new IOException(), "Reset" },
        { new OperationCanceledException(), "Aborted" },
        { new ObjectDisposedException("leg"), "Aborted" },
    };

    public static TheoryData<Exception> Bugs => new() { new InvalidOperationException(), new ArgumentOutOfRangeException(), new NotSupportedException() };

    [Theory, MemberData(nameof(Ends))]
    public void What_a_broken_connection_throws_is_a_value(Exception exception, string fault)
    {
        Assert.True(LegFaults.TryTranslate(exception, out var found));
        Assert.Equal(fault, found.ToString());
    }

    [Theory, MemberData(nameof(Bugs))]
    public void What_only_a_wrong_call_throws_is_no_end_of_a_connection(Exception exception) => Assert.False(LegFaults.TryTranslate(exception, out _));
}
