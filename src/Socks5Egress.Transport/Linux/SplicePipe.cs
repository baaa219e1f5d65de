namespace Socks5Egress.Transport.Linux;

/// <summary>
/// A kernel pipe through which <c>splice(2)</c> moves pages from one socket to another, past this process.
/// </summary>
internal sealed unsafe class SplicePipe
{
    /// <summary>Room for 64 pieces of a receive queue. Four times the default; a process of an unprivileged user gets 256 of these.</summary>
    private const int Usual = 256 * 1024;

    /// <summary>What an unprivileged user may have at most (pipe-max-size). A GiB through it costs a quarter less than through the usual one.</summary>
    private const int Large = 1024 * 1024;

    // Fills in a row that leave no room, after which more room would be used, and fills in a row that would not have needed it
    private const int FullsToGrow = 8, SmallsToShrink = 64;

    // Past its share of pages (pipe-user-pages-soft) a user gets pipes of two pages: worse than copying
    private const int LeastCapacity = 64 * 1024;

    private readonly int _readEnd, _writeEnd;
    private int _capacity = Usual;
    private int _fulls, _smalls;
    private bool _mayGrow = true;

    private SplicePipe(int readEnd, int writeEnd) => (_readEnd, _writeEnd) = (readEnd, writeEnd);

    /// <summary>Bytes that are in it.</summary>
    public int Length { get; private set; }

    /// <summary>Has more than the usual room.</summary>
    public bool IsLarge => _capacity > Usual;

    /// <summary>It was full so often in a row that more room would be used.</summary>
    public bool WantsToGrow => _mayGrow && !IsLarge && _fulls >= FullsToGrow;

    /// <summary>It has more room than it has needed for long.</summary>
    public bool WantsToShrink => IsLarge && _smalls >= SmallsToShrink;

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
    public int Fill(int socket, long most)
    {
        var moved = Moved(Splice(socket, _writeEnd, (int)Math.Min(most, _capacity)), sign: 1);
        // Nothing there, and an end, say nothing of the room
        if (moved <= 0) return moved;
        _fulls = moved >= Usual ? _fulls + 1 : 0;
        _smalls = moved <= Usual ? _smalls + 1 : 0;
        return moved;
    }

    /// <summary>Moves what is in the pipe to the socket, as far as that takes it. Bytes moved, -1 with errno.</summary>
    public int Drain(int socket) => Moved(Splice(_readEnd, socket, Length), sign: -1);

    /// <summary>Takes more room; it stays as it is where the user has as many pages as it may (pipe-user-pages-soft).</summary>
    public void Grow()
    {
        var capacity = Libc.FileControl(_writeEnd, Libc.SetPipeSize, Large);
        _mayGrow = capacity > Usual;
        if (_mayGrow) (_capacity, _smalls) = (capacity, 0);
    }

    /// <summary>Gives the room back that was not needed. The pipe must be empty.</summary>
    public void Shrink()
    {
        if (Libc.FileControl(_writeEnd, Libc.SetPipeSize, Usual) >= LeastCapacity) (_capacity, _fulls) = (Usual, 0);
    }

    public void Close()
    {
        Libc.Close(_readEnd);
        Libc.Close(_writeEnd);
    }

    private const uint Flags = Libc.SpliceMove | Libc.SpliceNonBlocking;

    private static bool HasRoom(int end) =>
        Libc.FileControl(end, Libc.SetPipeSize, Usual) >= LeastCapacity || Libc.FileControl(end, Libc.GetPipeSize, 0) >= LeastCapacity;

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
    // A large one moves four times as much in a turn of the loop: few sessions may have that, and a user's pages are limited
    private const int MostLarge = 2;

    private SplicePipe? _spare;
    private int _large;

    public SplicePipe? Rent()
    {
        var pipe = _spare ?? SplicePipe.TryCreate(reserve);
        _spare = null;
        return pipe;
    }

    public void Return(SplicePipe pipe)
    {
        if (_spare is null && pipe.Length == 0)
        {
            Adapt(pipe);
            _spare = pipe;
            return;
        }
        if (pipe.IsLarge) _large--;
        pipe.Close();
    }

    public void Close() => _spare?.Close();

    private void Adapt(SplicePipe pipe)
    {
        if (pipe.WantsToGrow && _large < MostLarge)
        {
            pipe.Grow();
            if (pipe.IsLarge) _large++;
        }
        else if (pipe.WantsToShrink)
        {
            pipe.Shrink();
            if (!pipe.IsLarge) _large--;
        }
    }
}
