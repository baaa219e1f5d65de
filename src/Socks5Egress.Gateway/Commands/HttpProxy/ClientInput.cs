using System.IO.Pipelines;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>
/// What a client sends. While an answer is under way somebody reads all the same: a client that has gone ends its request, and the bytes of the
/// next request wait where they are.
/// </summary>
internal sealed class ClientInput(ILeg client, Traffic traffic, TimeProvider time)
{
    /// <summary>Bytes of later requests that are looked at; a client that sends that much ahead is alive.</summary>
    private const int Most = 64 * 1024;

    private Task _watch = Task.CompletedTask;
    private volatile bool _settles, _hasBytes;

    /// <summary>The client's FIN has come, behind everything that was read.</summary>
    public bool HasFinished { get; private set; }

    public async ValueTask<ReadResult> ReadAsync()
    {
        var read = await NextAsync();
        if (read.IsCompleted) NoteFinish();
        return read;
    }

    /// <summary>Takes bytes off it that were understood, and counts them.</summary>
    public void Advance(in ReadResult read, SequencePosition consumed, SequencePosition examined)
    {
        var count = (int)read.Buffer.Slice(0, consumed).Length;
        client.Input.AdvanceTo(consumed, examined);
        if (count == 0) return;
        traffic.HeardUp(count);
        traffic.Up(count, time.GetTimestamp());
    }

    /// <summary>Reads from here on without taking anything.</summary>
    /// <param name="onGone">Told when the client breaks the connection.</param>
    public void BeginWatch(Action<LegFault> onGone)
    {
        (_settles, _hasBytes) = (false, false);
        _watch = WatchAsync(onGone);
    }

    /// <summary>Returns when there is something to read: bytes, the end, or what <see cref="Interrupt"/> has left.</summary>
    public Task SettleAsync()
    {
        if (_watch.IsCompleted) return _watch;
        _settles = true;
        Interlocked.MemoryBarrier();
        if (_hasBytes) client.Input.CancelPendingRead();
        return _watch;
    }

    /// <summary>Ends the watch, so that somebody else may read.</summary>
    public async ValueTask LeaveAsync()
    {
        if (!_watch.IsCompleted) Interrupt();
        await _watch;
    }

    /// <summary>Lets a read that waits return with nothing. Any thread.</summary>
    public void Interrupt()
    {
        _settles = true;
        Interlocked.MemoryBarrier();
        client.Input.CancelPendingRead();
    }

    /// <summary>The client's FIN: silence in the other direction is judged from here on.</summary>
    private void NoteFinish()
    {
        if (HasFinished) return;
        HasFinished = true;
        traffic.ClosedUp(time.GetTimestamp());
    }

    // Bytes that were examined while somebody looked for a reset, and not since, are told to TryRead alone: behind an advance, ReadAsync waits for new ones
    private ValueTask<ReadResult> NextAsync() => client.Input.TryRead(out var read) ? new ValueTask<ReadResult>(read) : client.Input.ReadAsync();

    private async Task WatchAsync(Action<LegFault> onGone)
    {
        var examined = false;
        try
        {
            while (true)
            {
                var read = await NextAsync();
                if (read.IsCompleted) NoteFinish();
                _hasBytes |= !read.Buffer.IsEmpty;
                Interlocked.MemoryBarrier();
                // A cancellation that nobody here asked for is left from looking for a reset while an origin was dialed
                examined |= read.IsCanceled;
                var done = read.IsCompleted || read.Buffer.Length >= Most || ((_hasBytes || read.IsCanceled) && _settles);
                // What is not examined whoever reads next gets at once; what was examined before stays so, and needs a push
                client.Input.AdvanceTo(read.Buffer.Start, done && !examined ? read.Buffer.Start : read.Buffer.End);
                if (done && examined && _hasBytes) client.Input.CancelPendingRead();
                if (done) return;
                examined = true;
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            onGone(fault);
        }
    }
}
