using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Socks5Egress.Transport.Linux;

namespace Socks5Egress.Exec.Namespace;

/// <summary>
/// The process that makes the namespaces. The native program has begun it before the runtime started; the portable build starts it as a
/// program of its own, which lies beside ours where a C compiler was there to make it.
/// </summary>
/// <param name="Channel">To it.</param>
/// <param name="Process">Its id here.</param>
internal sealed record Helper(HelperChannel Channel, int Process)
{
    /// <summary>Set by the constructor in <c>Native/entry.c</c>.</summary>
    private const string Variable = "_SOCKS5EGRESS_HELPER";

    private const string ProgramName = "socks5egress-exec";
    private const int PipeSignalBit = 1 << 12;

    /// <summary>The one that runs already, or a new one.</summary>
    /// <returns>The helper, or why there is none.</returns>
    public static (Helper? Helper, string? Fault) Begin()
    {
        if (Environment.GetEnvironmentVariable(Variable)?.Split(' ') is [var descriptor, var process])
        {
            Environment.SetEnvironmentVariable(Variable, null);
            return (new Helper(new HelperChannel(int.Parse(descriptor, CultureInfo.InvariantCulture)), int.Parse(process, CultureInfo.InvariantCulture)), null);
        }

        var program = Path.Combine(AppContext.BaseDirectory, ProgramName);
        return File.Exists(program)
            ? Start(program)
            : (null, $"this portable build has no {ProgramName} beside it; use the native program, or build this one where gcc is installed");
    }

    private static unsafe (Helper?, string?) Start(string program)
    {
        var (ours, theirs) = HelperChannel.CreatePair();
        _ = Libc.FileControl(theirs, HelperCalls.SetFlags, 0);
        string[] first = [ProgramName, theirs.ToString(CultureInfo.InvariantCulture), Ignored().ToString("x", CultureInfo.InvariantCulture), Limit()];
        var words = first.Select(Encoding.UTF8.GetBytes).Concat(Pieces("/proc/self/cmdline").SkipWhile(word => !word.AsSpan().SequenceEqual("--"u8)).Skip(1));
        var argv = Vector(words);
        var environment = Vector(Pieces("/proc/self/environ"));
        var path = Terminated(Encoding.UTF8.GetBytes(program));
        var process = 0;
        var error = HelperCalls.Spawn(&process, path, null, null, argv, environment);
        _ = Libc.Close(theirs);
        return error == 0
            ? (new Helper(new HelperChannel(ours), process), null)
            : (null, $"cannot start {program}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    /// <summary>
    /// The signals that were ignored when we were started, by bits. The runtime ignores SIGPIPE itself, and what was so before cannot be
    /// told any more: most likely it is as in the process that started us.
    /// </summary>
    private static ulong Ignored()
    {
        var parent = Status($"/proc/{HelperCalls.ParentProcess()}/status");
        return (Status("/proc/self/status") & ~(ulong)PipeSignalBit) | (parent & PipeSignalBit);
    }

    private static ulong Status(string path)
    {
        try
        {
            var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            return line is null ? 0 : ulong.Parse(line.AsSpan(7).Trim(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>The soft limit of descriptors, which the runtime has raised: that of the process that started us, or 0.</summary>
    private static string Limit()
    {
        try
        {
            var line = File.ReadLines($"/proc/{HelperCalls.ParentProcess()}/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
            return line?[14..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0] is { } soft && ulong.TryParse(soft, out _) ? soft : "0";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "0";
        }
    }

    // Byte by byte: neither arguments nor variables need be text
    private static IEnumerable<byte[]> Pieces(string path)
    {
        var all = File.ReadAllBytes(path);
        for (var start = 0; start < all.Length;)
        {
            var length = all.AsSpan(start).IndexOf((byte)0);
            if (length < 0) length = all.Length - start;
            yield return all[start..(start + length)];
            start += length + 1;
        }
    }

    // Both live as long as the process: it starts one helper
    private static unsafe byte** Vector(IEnumerable<byte[]> pieces)
    {
        var list = pieces.ToList();
        var vector = (byte**)NativeMemory.AllocZeroed((nuint)(list.Count + 1), (nuint)sizeof(byte*));
        for (var i = 0; i < list.Count; i++) vector[i] = Terminated(list[i]);
        return vector;
    }

    private static unsafe byte* Terminated(byte[] bytes)
    {
        var copy = (byte*)NativeMemory.AllocZeroed((nuint)bytes.Length + 1);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }
}
