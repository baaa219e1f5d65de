using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Socks5Egress.Supervision;

namespace Socks5Egress.Gateway.Authentication;

/// <summary>
/// What a file holds, or why nobody says. It is opened and read on a thread of its own: one whose file system does not answer keeps that thread, and
/// nobody else.
/// </summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Mode">Who may read and write what was opened.</param>
internal sealed record FileContent(byte[] Bytes, UnixFileMode Mode)
{
    /// <summary>More is no configuration, and a device may never end.</summary>
    private const int Longest = 64 << 20;

    /// <summary>Threads that may wait for files at a time. Each is kept until its file system answers.</summary>
    private const int MostWaiting = 64;

    private static int _waiting;

    /// <summary>Reads a file, or a pipe to its end.</summary>
    /// <exception cref="IOException">Why not, as a sentence's second half.</exception>
    public static FileContent Read(string path, FilePatience patience) => Within(path, patience, left => Open(path, left));

    /// <summary>Reads a file that can be read again and again. Anything else is not even opened: what stands in a pipe is somebody else's.</summary>
    /// <inheritdoc cref="Read"/>
    public static FileContent ReadAgain(string path, FilePatience patience) => Within(
        path, patience, left => FileCalls.KindOf(path) is FileKind.Regular or FileKind.Unknown ? Open(path, left) : throw new IOException("it is no file that can be read twice"));

    private static FileContent Within(string path, FilePatience patience, Func<TimeSpan, FileContent> read)
    {
        var left = patience.Left;
        (FileContent? Content, Exception? Fault) found = default;
        if (Interlocked.Increment(ref _waiting) > MostWaiting)
        {
            Interlocked.Decrement(ref _waiting);
            throw new TimeoutException($"{MostWaiting} files are being waited for already, which their file systems do not answer");
        }

        var reading = Supervisor.OnThreadAsync("file", () =>
        {
            try
            {
                found = (read(left), null);
            }
            catch (Exception exception)
            {
                found = (null, exception);
            }

            Interlocked.Decrement(ref _waiting);
            return Task.CompletedTask;
        });
        // A pipe is given up by its reader, a moment before this
        if (Task.WaitAny([reading], left + TimeSpan.FromMilliseconds(100)) < 0)
            throw new TimeoutException($"it does not answer within {left.TotalSeconds:0.#} s; is the file system there on which it lies?");
        return found.Fault switch
        {
            null => found.Content!,
            TimeoutException fault => throw new TimeoutException(fault.Message),
            UnauthorizedAccessException fault => throw new UnauthorizedAccessException(fault.Message),
            var fault => throw new IOException(fault.Message, fault),
        };
    }

    private static FileContent Open(string path, TimeSpan left)
    {
        if (!OperatingSystem.IsLinux()) return Plain(path);
        using var handle = FileCalls.Open(path);
        // The platform says best what is wrong; it also waits where a file is lent to somebody else
        return handle is null ? Plain(path) : FileCalls.KindOf(handle) switch
        {
            FileKind.Folder => throw new IOException("it is a folder, not a file"),
            FileKind.Regular => new FileContent(All(handle, null), File.GetUnixFileMode(handle)),
            var kind => FromPipe(handle, kind, left),
        };
    }

    [SupportedOSPlatform("linux")]
    private static FileContent FromPipe(SafeFileHandle handle, FileKind kind, TimeSpan left)
    {
        var content = new FileContent(All(handle, left), File.GetUnixFileMode(handle));
        return content.Bytes.Length > 0 || kind != FileKind.Pipe ? content
            : throw new IOException("it is a pipe into which nobody writes; name a file, as a pipe can be read only once");
    }

    private static byte[] All(SafeFileHandle handle, TimeSpan? left)
    {
        var until = Environment.TickCount64 + (long)(left ?? default).TotalMilliseconds;
        using var all = new MemoryStream();
        var buffer = new byte[16 << 10];
        while (true)
        {
            var read = FileCalls.Read(handle, buffer);
            if (read == 0) return all.ToArray();
            if (all.Length + read > Longest) throw new IOException($"it is longer than {Longest >> 20} MiB");
            if (read > 0) all.Write(buffer, 0, read);
            else if (left is null || Marshal.GetLastPInvokeError() != FileCalls.TryAgain) throw new IOException(Marshal.GetLastPInvokeErrorMessage());
            // Only after a read: a pipe that never had a writer is at its end, which poll does not say
            else if (!FileCalls.WaitReadable(handle, (int)Math.Max(0, until - Environment.TickCount64)))
                throw new TimeoutException($"it is a pipe or a device that does not come to its end within {left.Value.TotalSeconds:0.#} s; name a file");
        }
    }

    private static FileContent Plain(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.CanSeek && file.Length > Longest) throw new IOException($"it is longer than {Longest >> 20} MiB");
        using var all = new MemoryStream();
        file.CopyTo(all);
        return new FileContent(all.ToArray(), OperatingSystem.IsWindows() ? UnixFileMode.None : File.GetUnixFileMode(file.SafeFileHandle));
    }
}
