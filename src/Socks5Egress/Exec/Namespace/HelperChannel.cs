using System.ComponentModel;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Exec.Namespace;

/// <summary>The socket to the helper: messages with descriptors beside them. Its closing is our death, and the command's.</summary>
internal sealed unsafe class HelperChannel(int descriptor)
{
    private const int Largest = 512, ControlSize = 64, HeaderSize = 16;

    /// <summary>Waits for the next message; null when the helper has ended.</summary>
    public HelperMessage? Receive()
    {
        var bytes = stackalloc byte[Largest];
        var control = stackalloc byte[ControlSize];
        var slice = new HelperCalls.Slice { Bytes = bytes, Length = Largest };
        var header = new HelperCalls.MessageHeader { Slices = &slice, SliceCount = 1, Control = control, ControlLength = ControlSize };
        nint length;
        do
        {
            length = HelperCalls.ReceiveMessage(descriptor, &header, HelperCalls.CloseOnExecReceived);
        }
        while (length < 0 && Errno.Last == Errno.Interrupted);
        if (length <= 0) return null;
        var descriptors = Array.Empty<int>();
        // struct cmsghdr: length, level, type, then the numbers
        if (header.ControlLength >= HeaderSize) descriptors = new ReadOnlySpan<int>(control + HeaderSize, (int)(*(nint*)control - HeaderSize) / sizeof(int)).ToArray();
        return new HelperMessage((HelperWord)bytes[0], new ReadOnlySpan<byte>(bytes, (int)length).ToArray(), descriptors);
    }

    /// <summary>Lets the command begin.</summary>
    /// <param name="dropPassword">Without SOCKS5EGRESS_PASSWORD.</param>
    /// <param name="dropVia">Without SOCKS5EGRESS_VIA.</param>
    public void Start(bool dropPassword, bool dropVia) => Send('G', (dropPassword ? 1 : 0) | (dropVia ? 2 : 0), 0);

    /// <summary>Passes a signal on to the command, unless it has reached the command already.</summary>
    public void Signal(int signal) => Send('K', signal, 0);

    /// <summary>Asks for a socket that belongs to the namespace.</summary>
    public void Open(int family, int type) => Send('O', family, type);

    private void Send(char word, int first, int second)
    {
        var message = stackalloc int[] { word, first, second, 0 };
        // A helper that has ended is noticed by whoever receives
        _ = Libc.Send(descriptor, (byte*)message, 4 * sizeof(int), Libc.MsgNoSignal);
    }

    /// <summary>Two connected ends; the second one is handed down.</summary>
    public static (int Ours, int Theirs) CreatePair()
    {
        var ends = stackalloc int[2];
        if (HelperCalls.SocketPair(HelperCalls.Unix, HelperCalls.SequencedPacket | Libc.CloseOnExec, 0, ends) != 0)
            throw new Win32Exception(Errno.Last, "socketpair");
        return (ends[0], ends[1]);
    }
}
