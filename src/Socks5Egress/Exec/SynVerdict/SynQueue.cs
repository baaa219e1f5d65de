using System.ComponentModel;
using Socks5Egress.Supervision;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Exec.SynVerdict;

/// <summary>
/// Holds each SYN of the namespace until <c>decide</c> knows what the gateway says (NFQUEUE). When this process ends the kernel drops
/// what waits and what comes.
/// </summary>
/// <param name="descriptor">The netlink socket, bound to the queue.</param>
/// <param name="pending">What waits.</param>
/// <param name="decide">Tries the way; the socket is kept for whoever accepts the connection. It lets no exception out.</param>
internal sealed class SynQueue(int descriptor, PendingSyns pending, Func<SynPacket, Task<(SynMark Mark, System.Net.Sockets.Socket? Socket)>> decide)
{
    private const int Room = 64 * 1024;

    private BackgroundTimer? _sweep;

    public void Start()
    {
        Supervisor.OfProcess.StartThread("exec.syns", Receive);
        _sweep = Supervisor.OfProcess.Every("exec.syns.old", TimeSpan.FromSeconds(1), pending.Sweep);
    }

    private unsafe void Receive()
    {
        var room = new byte[Room];
        fixed (byte* bytes = room)
        {
            while (true)
            {
                var length = Libc.Receive(descriptor, bytes, Room, 0);
                if (length > 0) Read(room.AsSpan(0, (int)length));
                else if (Errno.Last is not (Errno.Interrupted or Errno.NoBuffers)) throw new Win32Exception(Errno.Last, "recv(NFQUEUE)");
            }
        }
    }

    private void Read(ReadOnlySpan<byte> messages)
    {
        for (int length; (length = QueueMessage.Read(messages, out var id, out var payload)) > 0; messages = messages[length..])
        {
            if (payload.IsEmpty) continue;
            if (SynPacket.Read(payload) is not { } syn)
            {
                Send(id, SynMark.Silence);
                continue;
            }

            var (isNew, mark) = pending.Arrived(syn, id);
            if (mark is { } known) Send(id, known);
            else if (isNew) Supervisor.OfProcess.Run("exec.syn", () => DecideAsync(syn));
        }
    }

    private async Task DecideAsync(SynPacket syn)
    {
        // The thread belongs to the queue: the next SYN must not wait for this one's way
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        var (mark, socket) = await decide(syn);
        foreach (var id in pending.Decided(syn, mark, socket)) Send(id, mark);
    }

    private unsafe void Send(uint id, SynMark mark)
    {
        var message = stackalloc byte[QueueMessage.VerdictLength];
        QueueMessage.Write(new Span<byte>(message, QueueMessage.VerdictLength), id, mark);
        // A packet that is gone has no verdict; the client sends its SYN again
        _ = Libc.Send(descriptor, message, QueueMessage.VerdictLength, Libc.MsgNoSignal);
    }
}
