namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A kernel pipe through which <c>splice(2)</c> moves pages from one socket to another, past this process.
/// </summary>
internal sealed unsafe class SplicePipe
{
    /// <summary>Room for 64 pieces of a receive queue. Four times the default; a process of an unprivileged user gets 256 of these.</summary>
    private const int Capacity = 256 * 1024;

    // Past its share of pages (pipe-user-pages-soft) a user gets pipes of two pages: worse than copying
    private const int LeastCapacity = 64 * 1024;

    private readonly int _readEnd, _writeEnd;

    private SplicePipe(int readEnd, int writeEnd) => (_readEnd, _writeEnd) = (readEnd, writeEnd);

    /// <summary>Bytes that are in it.</summary>
    public int Length { get; private set; }

    /// <summary>A new pipe, or null when the process or the user may have no more: it must not take a session's descriptors.</summary>
    public static SplicePipe? TryCreate(DescriptorReserve reserve)
    {
        var ends = stackalloc int[2];
        if (Libc.Pipe(ends, Libc.NonBlocking | Libc.CloseOnExec) < 0) return null;
        var pipe = new SplicePipe(ends[0], ends[1]);
        if (reserve.LeavesRoom(ends[1]) && HasRoom(ends[1])) return pipe;
        pipe.Close();
        return null;
    }

    /// <summary>Moves what the socket has, and no more than <paramref name="most"/> bytes, into the pipe, which must be empty. Bytes moved, 0 for FIN, -1 with errno.</summary>
    public int Fill(int socket, long most) => Moved(Splice(socket, _writeEnd, (int)Math.Min(most, Capacity)), sign: 1);

    /// <summary>Moves what is in the pipe to the socket, as far as that takes it. Bytes moved, -1 with errno.</summary>
    public int Drain(int socket) => Moved(Splice(_readEnd, socket, Length), sign: -1);

    public void Close()
    {
        Libc.Close(_readEnd);
        Libc.Close(_writeEnd);
    }

    private const uint Flags = Libc.SpliceMove | Libc.SpliceNonBlocking;

    private static bool HasRoom(int end) =>
        Libc.FileControl(end, Libc.SetPipeSize, Capacity) >= LeastCapacity || Libc.FileControl(end, Libc.GetPipeSize, 0) >= LeastCapacity;

    private static nint Splice(int from, int to, int length)
    {
        nint count;
        do count = Libc.Splice(from, null, to, null, length, Flags);
        while (count < 0 && Errno.Last == Errno.Interrupted);
        return count;
    }

    private int Moved(nint bytes, int sign)
    {
        if (bytes > 0) Length += sign * (int)bytes;
        return (int)bytes;
    }
}

/// <summary>A loop's spare kernel pipe: one, because a session needs it only while bytes are in it.</summary>
internal sealed class SplicePipes(DescriptorReserve reserve)
{
    private SplicePipe? _spare;

    public SplicePipe? Rent()
    {
        var pipe = _spare ?? SplicePipe.TryCreate(reserve);
        _spare = null;
        return pipe;
    }

    public void Return(SplicePipe pipe)
    {
        if (_spare is null && pipe.Length == 0) _spare = pipe;
        else pipe.Close();
    }

    public void Close() => _spare?.Close();
}
