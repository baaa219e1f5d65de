using Socks5Egress.Transport.Tls;
using Xunit;

namespace Socks5Egress.Tests.Transport.Tls;

public class DecryptionGateTests
{
    [Fact]
    public void Without_a_decryption_it_happens_at_once()
    {
        var sent = 0;
        Assert.True(new DecryptionGate().RunAsync(() => Send(ref sent)).IsCompletedSuccessfully);
        Assert.Equal(1, sent);
    }

    [Fact]
    public void It_waits_for_a_decryption_and_happens_once()
    {
        var gate = new DecryptionGate();
        var sent = 0;
        gate.Enter();
        var task = gate.RunAsync(() => Send(ref sent));
        Assert.Equal(0, sent);
        Assert.False(task.IsCompleted);
        gate.Leave();
        Assert.Equal(1, sent);
        Assert.True(task.IsCompletedSuccessfully);
        gate.Enter();
        gate.Leave();
        Assert.Equal(1, sent);
    }

    [Fact]
    public async Task Its_failure_is_told()
    {
        var gate = new DecryptionGate();
        gate.Enter();
        var task = gate.RunAsync(() => Task.FromException(new IOException("gone")));
        gate.Leave();
        Assert.Equal("gone", (await Assert.ThrowsAsync<IOException>(() => task)).Message);
    }

    private static Task Send(ref int sent)
    {
        sent++;
        return Task.CompletedTask;
    }
}
