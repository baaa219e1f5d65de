using System.Net.Sockets;
using System.Security.Cryptography;
using Socks5Egress.SystemTests.Harness;
using Xunit;

namespace Socks5Egress.SystemTests.Transport;

/// <summary>Bytes in bulk: unchanged, in order, held back by a slow reader.</summary>
public sealed class RelayTransferTests
{
    private static readonly int MiB = LongRun.Or(256, 32);

    public static TheoryData<string> Ways => RelayedPair.Ways;

    public static MatrixTheoryData<string, bool> Sides => new([.. RelayedPair.Ways.Select(static row => row.Data)], [true, false]);

    [Theory, MemberData(nameof(Ways))]
    public async Task Random_bytes_both_ways_at_once_arrive_unchanged(string way)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var upSent = Task.Run(() => SendAsync(pair.Client, seed: 1), Wire.Test);
        var downSent = Task.Run(() => SendAsync(pair.Target, seed: 2), Wire.Test);
        var upReceived = Task.Run(() => ReceiveAsync(pair.Target), Wire.Test);
        var downReceived = Task.Run(() => ReceiveAsync(pair.Client), Wire.Test);

        Assert.Equal(await upSent, await upReceived);
        Assert.Equal(await downSent, await downReceived);
        await pair.EndAsync();
        Assert.Equal((MiB * 1048576L, MiB * 1048576L), (pair.Traffic.BytesUp, pair.Traffic.BytesDown));
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Small_messages_between_bulk_arrive_in_order(string way)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        foreach (var size in (int[])[1, 64, 70_000, 3, 1_000_000, 1, 5_000_000, 64])
        {
            var bytes = Wire.RandomBytes(size, seed: size);
            var sending = pair.Client.SendAsync(bytes, Wire.Test).AsTask();
            Assert.Equal(bytes, await pair.Target.ReadExactlyAsync(size));
            await sending;
        }
    }

    [Theory, MemberData(nameof(Ways))]
    public async Task Urgent_bytes_keep_their_place(string way)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        for (var i = 0; i < 20; i++)
        {
            await pair.Client.SendAsync("before"u8.ToArray(), Wire.Test);
            await pair.Client.SendAsync("!"u8.ToArray(), SocketFlags.OutOfBand, Wire.Test);
            await pair.Client.SendAsync("after"u8.ToArray(), Wire.Test);
            Assert.Equal("before!after"u8.ToArray(), await pair.Target.ReadExactlyAsync(12));
        }
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task An_urgent_byte_behind_bulk_is_passed_on_in_its_place(string way, bool clientSends)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (sender, reader) = pair.Ends(clientSends);
        var bulk = Wire.RandomBytes(24 << 20, seed: 17);
        for (var round = 0; round < 2; round++)
        {
            var sending = Task.Run(
                async () =>
                {
                    await SendAllAsync(sender, bulk);
                    await sender.SendAsync("!"u8.ToArray(), SocketFlags.OutOfBand, Wire.Test);
                    await SendAllAsync(sender, bulk.AsMemory(0, 1 << 20));
                },
                Wire.Test);
            byte[] expected = [.. bulk, (byte)'!', .. bulk.AsSpan(0, 1 << 20)];
            Assert.Equal(expected, await reader.ReadExactlyAsync(bulk.Length + 1 + (1 << 20)));
            await sending;
        }
    }

    [Theory, MemberData(nameof(Sides))]
    public async Task A_slow_reader_holds_its_sender_back_and_loses_nothing(string way, bool clientReads)
    {
        await using var pair = await RelayedPair.StartAsync(way);
        var (reader, sender) = pair.Ends(clientReads);
        reader.ReceiveBufferSize = sender.SendBufferSize = 64 * 1024;
        var bytes = Wire.RandomBytes(64 << 20, seed: 6);
        var accepted = 0;
        var sending = Task.Run(
            async () =>
            {
                while (accepted < bytes.Length) accepted += await sender.SendAsync(bytes.AsMemory(accepted, 64 * 1024), Wire.Test);
            },
            Wire.Test);

        // Nobody reads: what the sender gets rid of is what the kernel's buffers and the relay hold
        await Wire.WaitUntilStillAsync(() => accepted);
        Assert.InRange(accepted, 1, 40 << 20);
        Assert.Equal(bytes, await reader.ReadExactlyAsync(bytes.Length));
        await sending.WaitAsync(Wire.Patience, Wire.Test);
    }

    private static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes)
    {
        while (bytes.Length > 0) bytes = bytes[await socket.SendAsync(bytes, Wire.Test)..];
    }

    private static async Task<string> SendAsync(Socket socket, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (var i = 0; i < MiB; i++)
        {
            var bytes = Wire.RandomBytes(1 << 20, seed * 100_000 + i);
            hash.AppendData(bytes);
            await socket.SendAsync(bytes, Wire.Test);
        }

        socket.Shutdown(SocketShutdown.Send);
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    private static async Task<string> ReceiveAsync(Socket socket)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[256 * 1024];
        while (await socket.ReceiveAsync(buffer, Wire.Test) is var count and > 0) hash.AppendData(buffer, 0, count);
        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
