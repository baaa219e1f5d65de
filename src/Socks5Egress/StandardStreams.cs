using System.Runtime.InteropServices;

namespace Socks5Egress;

/// <summary>
/// Standard input, output and error, where the process was started without one (<c>2&gt;&amp;-</c>). The runtime gives the free number to a
/// pipe or file of its own before any code of ours runs; what is then written to the stream lands there, and ends the process or
/// shows up in another stream.
/// </summary>
/// <remarks>
/// A descriptor that came through <c>exec</c> has no close-on-exec flag, and all of the runtime's have one: that tells them apart. A number
/// that the runtime has taken cannot be taken back, so the program is executed anew, with <c>/dev/null</c> in the gaps.
/// </remarks>
internal static unsafe partial class StandardStreams
{
    private const int GetFlags = 1, CloseOnExec = 1, ReadWrite = 2;

    /// <summary>Opens <c>/dev/null</c> for each that is missing. The first thing that the program does.</summary>
    public static void Complete()
    {
        if (!OperatingSystem.IsLinux()) return;
        var isTaken = false;
        for (var descriptor = 0; descriptor <= 2; descriptor++)
        {
            var flags = FileControl(descriptor, GetFlags, 0);
            if (flags < 0 && Open("/dev/null", ReadWrite) != descriptor) return;
            isTaken |= flags > 0 && (flags & CloseOnExec) != 0;
        }
        if (isTaken) Restart();
    }

    private static void Restart()
    {
        if (Environment.ProcessPath is not { } program) return;
        var nothing = Open("/dev/null", ReadWrite);
        if (nothing < 0) return;
        // As it was called, byte by byte; each argument ends in a zero byte
        var words = File.ReadAllBytes("/proc/self/cmdline");
        var count = words.AsSpan().Count((byte)0);
        var arguments = (byte**)NativeMemory.AllocZeroed((nuint)(count + 1), (nuint)sizeof(byte*));
        fixed (byte* first = words)
        {
            var next = first;
            for (var i = 0; i < count; i++)
            {
                arguments[i] = next;
                while (*next++ != 0)
                {
                }
            }
            for (var descriptor = 0; descriptor <= 2; descriptor++)
            {
                if ((FileControl(descriptor, GetFlags, 0) & CloseOnExec) != 0) _ = Duplicate(nothing, descriptor);
            }
            _ = Execute(program, arguments);
        }
        // Only when it could not be executed: the runtime has lost a descriptor of its own
        Environment.Exit(1);
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "dup2")]
    private static partial int Duplicate(int descriptor, int number);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Execute(string program, byte** arguments);
}
