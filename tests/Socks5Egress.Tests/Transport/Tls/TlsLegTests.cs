using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Tls;
using Xunit;

namespace Socks5Egress.Tests.Transport.Tls;

/// <summary>What a leg inside TLS promises, whoever carries it.</summary>
public sealed class TlsLegTests
{
    private readonly CancellationToken _test = TestContext.Current.CancellationToken;

    public static TheoryData<SslProtocols> Protocols => [SslProtocols.Tls12, SslProtocols.Tls13];

    [Theory, MemberData(nameof(Protocols))]
    public async Task The_session_is_taken_over_from_SslStream_where_it_uses_OpenSSL(SslProtocols protocol)
    {
        var pair = await TlsPair.ConnectAsync(protocol);
        Assert.Equal(OperatingSystem.IsLinux(), TlsRecords.IsSupported);
        Assert.Equal(TlsRecords.IsSupported, pair.Leg.Records is not null);
        // Nothing of the stream is needed any more, its finalizer least of all
        GC.Collect();
        GC.WaitForPendingFinalizers();
        await pair.Client.WriteAsync("later"u8.ToArray(), _test);
        Assert.Equal("later"u8.ToArray(), await TakeAsync(pair.Leg.Input, 5));
    }

    [Theory]
    [InlineData(SslProtocols.Tls12, int.MaxValue)]
    [InlineData(SslProtocols.Tls13, int.MaxValue)]
    [InlineData(SslProtocols.Tls12, 1)]
    [InlineData(SslProtocols.Tls13, 1)]
    [InlineData(SslProtocols.Tls13, 4097)]
    public async Task Bytes_come_through_however_records_are_cut(SslProtocols protocol, int piece)
    {
        var pair = await TlsPair.ConnectAsync(protocol, piece);
        var bytes = new byte[100_000];
        new Random(7).NextBytes(bytes);
        foreach (var length in new[] { 1, 16 * 1024, 16 * 1024 + 1, bytes.Length })
        {
            var sending = pair.Client.WriteAsync(bytes.AsMemory(0, length), _test);
            Assert.Equal(bytes[..length], await TakeAsync(pair.Leg.Input, length));
            await sending;

            var answering = pair.Leg.Output.WriteAsync(bytes.AsMemory(0, length), _test);
            var answer = new byte[length];
            await pair.Client.ReadExactlyAsync(answer, _test);
            Assert.Equal(bytes[..length], answer);
            await answering;
        }
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_close_notify_ends_one_direction_and_the_other_goes_on(SslProtocols protocol)
    {
        var pair = await TlsPair.ConnectAsync(protocol);
        await pair.Client.WriteAsync("last"u8.ToArray(), _test);
        await pair.Client.ShutdownAsync();
        Assert.Equal("last"u8.ToArray(), await TakeAsync(pair.Leg.Input, 4));
        Assert.True((await pair.Leg.Input.ReadAsync(_test)).IsCompleted);

        await pair.Leg.Output.WriteAsync("still"u8.ToArray(), _test);
        var answer = new byte[5];
        await pair.Client.ReadExactlyAsync(answer, _test);
        Assert.Equal("still"u8.ToArray(), answer);
        await pair.Leg.Output.CompleteAsync();
        Assert.Equal(0, await pair.Client.ReadAsync(answer, _test));
        Assert.True((await pair.Raw.Peer.Input.ReadAsync(_test)).IsCompleted);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task An_end_without_close_notify_is_a_truncation(SslProtocols protocol)
    {
        var pair = await TlsPair.ConnectAsync(protocol);
        await pair.Raw.Peer.Output.CompleteAsync();
        var thrown = await Assert.ThrowsAnyAsync<IOException>(async () => await pair.Leg.Input.ReadAsync(_test));
        Assert.True(LegFaults.TryTranslate(thrown, out var fault) && fault == LegFault.Truncated);
    }

    [Theory, MemberData(nameof(Protocols))]
    public async Task A_damaged_record_breaks_the_connection(SslProtocols protocol)
    {
        var pair = await TlsPair.ConnectAsync(protocol);
        pair.Wire.Damage = 1;
        await pair.Client.WriteAsync("hello"u8.ToArray(), _test);
        var thrown = await Assert.ThrowsAnyAsync<IOException>(async () => await pair.Leg.Input.ReadAsync(_test));
        Assert.True(LegFaults.TryTranslate(thrown, out var fault) && fault == LegFault.Reset);
    }

    [Fact]
    public async Task What_is_asked_of_the_kernel_is_the_connection_s_below()
    {
        var pair = await TlsPair.ConnectAsync(SslProtocols.Tls13);
        Assert.Same(pair.Raw, ((ILeg)pair.Leg).Raw);
        Assert.Same(pair.Raw, ((ILeg)pair.Raw).Raw);
        Assert.False(pair.Leg.IsGone);
        pair.Raw.IsGone = true;
        Assert.True(pair.Leg.IsGone);
    }

    [Fact]
    public async Task A_closed_session_reads_and_writes_nothing_more()
    {
        var pair = await TlsPair.ConnectAsync(SslProtocols.Tls13);
        await pair.Leg.DisposeAsync();
        ReadOnlySpan<byte> none = [];
        Assert.Equal(RecordState.Failed, pair.Leg.Records!.Open(ref none, new byte[1], out _));
        Assert.Equal(-1, pair.Leg.Records.Seal([1], new byte[1024]));
    }

    private async Task<byte[]> TakeAsync(PipeReader input, int length)
    {
        var read = await input.ReadAtLeastAsync(length, _test);
        var bytes = read.Buffer.Slice(0, length).ToArray();
        input.AdvanceTo(read.Buffer.GetPosition(length));
        return bytes;
    }
}
