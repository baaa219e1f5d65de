using System.Buffers;
using System.Net.Sockets;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>Bytes that were examined and not taken, over each transport: they come again, and do not let their peer send without end.</summary>
public sealed class ExaminedInputTests
{
    public static TheoryData<string> Transport => Transports.All;

    [Theory, MemberData(nameof(Transport))]
    public async Task A_peer_is_stopped_also_when_what_was_examined_is_looked_at_again(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        await peer.SendAsync("some"u8.ToArray(), Wire.Test);
        var some = await leg.Input.ReadAtLeastAsync(4, Wire.Test);
        leg.Input.AdvanceTo(some.Buffer.Start, some.Buffer.End);
        leg.Input.CancelPendingRead();
        var again = await leg.Input.ReadAsync(Wire.Test);
        Assert.True(again.IsCanceled);
        // Less than was examined before, while the peer's bytes are let in
        leg.Input.AdvanceTo(again.Buffer.Start);

        var sent = Wire.RandomBytes(64 << 20, seed: 64);
        var sending = SendAllAsync(peer, sent);
        await Assert.ThrowsAsync<TimeoutException>(() => sending.WaitAsync(TimeSpan.FromSeconds(1), Wire.Test));
        var got = 0L;
        while (got < 4 + sent.Length)
        {
            var read = await leg.Input.ReadAsync(Wire.Test);
            if (got == 0) Assert.Equal("some"u8.ToArray(), read.Buffer.Slice(0, 4).ToArray());
            else Assert.True(sent.AsSpan((int)got - 4, (int)read.Buffer.Length).SequenceEqual(read.Buffer.ToArray()), $"after {got} bytes");
            got += got == 0 ? 4 : read.Buffer.Length;
            leg.Input.AdvanceTo(got == 4 ? read.Buffer.GetPosition(4) : read.Buffer.End);
        }
        await sending.WaitAsync(Wire.Patience, Wire.Test);
    }

    [Theory, MemberData(nameof(Transport))]
    public async Task A_read_of_what_was_examined_before_can_be_cancelled(string name)
    {
        await using var transport = Transports.Create(name);
        await using var acceptor = transport.Listen(Wire.AnyLoopbackPort);
        using var peer = await Wire.DialAsync(acceptor.LocalEndPoint);
        await using var leg = await acceptor.AcceptLegAsync();

        await peer.SendAsync("some"u8.ToArray(), Wire.Test);
        var some = await leg.Input.ReadAtLeastAsync(4, Wire.Test);
        leg.Input.AdvanceTo(some.Buffer.Start, some.Buffer.End);
        await peer.SendAsync(" more"u8.ToArray(), Wire.Test);
        var more = await leg.Input.ReadAtLeastAsync(9, Wire.Test);
        leg.Input.AdvanceTo(more.Buffer.Start);

        leg.Input.CancelPendingRead();
        var cancelled = await leg.Input.ReadAsync(Wire.Test);
        Assert.True(cancelled.IsCanceled);
        Assert.Equal(9, cancelled.Buffer.Length);
        leg.Input.CancelPendingRead();
        leg.Input.AdvanceTo(cancelled.Buffer.End);
        Assert.True((await leg.Input.ReadAsync(Wire.Test)).IsCanceled);
    }

    private static async Task SendAllAsync(Socket peer, ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty) bytes = bytes[await peer.SendAsync(bytes, SocketFlags.None, Wire.Test)..];
    }
}
