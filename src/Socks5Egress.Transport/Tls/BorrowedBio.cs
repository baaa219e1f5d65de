using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// What OpenSSL reads records from and writes them to: the buffers that the call under way has lent it, on the thread of that call.
/// It owns no memory between calls, which is what keeps an idle TLS session small.
/// </summary>
internal static unsafe class BorrowedBio
{
    private const int Type = 100 | LibSsl.BioSourceSink;

    private static readonly nint Method = CreateMethod();

    [ThreadStatic]
    private static Loan t_loan;

    /// <summary>A BIO that says "ask again" when the lent records are used up.</summary>
    public static nint Create()
    {
        var bio = LibSsl.NewBio(Method);
        LibSsl.SetBioFlags(bio, LibSsl.BioRead | LibSsl.BioShouldRetry);
        return bio;
    }

    /// <summary>Lends both to the calls that this thread makes until <see cref="Return"/>.</summary>
    public static void Lend(byte* records, int length, byte* room, int roomLength) => t_loan = new Loan
    {
        Records = records,
        RecordsLeft = length,
        Room = room,
        RoomLeft = roomLength,
    };

    /// <summary>Ends the loan.</summary>
    /// <returns>What was not read, and the room that was not written to.</returns>
    public static (int RecordsLeft, int RoomLeft) Return()
    {
        var loan = t_loan;
        t_loan = default;
        return (loan.RecordsLeft, loan.RoomLeft);
    }

    private static nint CreateMethod()
    {
        var method = LibSsl.NewBioMethod(Type, "lent buffers");
        _ = LibSsl.SetBioRead(method, &Read);
        _ = LibSsl.SetBioWrite(method, &Write);
        _ = LibSsl.SetBioControl(method, &Control);
        return method;
    }

    [UnmanagedCallersOnly]
    private static int Read(nint bio, byte* into, int length)
    {
        ref var loan = ref t_loan;
        var count = Math.Min(length, loan.RecordsLeft);
        if (count <= 0) return -1;
        Buffer.MemoryCopy(loan.Records, into, length, count);
        loan.Records += count;
        loan.RecordsLeft -= count;
        return count;
    }

    [UnmanagedCallersOnly]
    private static int Write(nint bio, byte* from, int length)
    {
        ref var loan = ref t_loan;
        if (loan.RoomLeft < length) return -1;
        Buffer.MemoryCopy(from, loan.Room, loan.RoomLeft, length);
        loan.Room += length;
        loan.RoomLeft -= length;
        return length;
    }

    [UnmanagedCallersOnly]
    private static nint Control(nint bio, int command, nint argument, nint pointer) => command == LibSsl.ControlFlush ? 1 : 0;

    private struct Loan
    {
        public byte* Records, Room;
        public int RecordsLeft, RoomLeft;
    }
}
