namespace Socks5Egress.Gateway.Resolving;

/// <summary>A small file of the system, read again when it has changed. For one thread at a time, and not for a thread that must not block.</summary>
/// <param name="path">Where it is.</param>
/// <param name="parse">From its text to what it says.</param>
/// <param name="absent">What holds without the file.</param>
/// <param name="time">The clock.</param>
internal sealed class WatchedFile<T>(string path, Func<string, T> parse, T absent, TimeProvider time)
    where T : class
{
    /// <summary>A file that was written just before it was read may be written again within the same tick of its stamp.</summary>
    private static readonly TimeSpan Unsettled = TimeSpan.FromSeconds(2);

    private T? _value;
    private (DateTime Written, long Length) _stamp;

    /// <summary>What it says now.</summary>
    public T Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
            {
                _stamp = default;
                return _value = absent;
            }
            var stamp = (file.LastWriteTimeUtc, file.Length);
            if (_value is not null && stamp == _stamp) return _value;
            _value = parse(File.ReadAllText(path));
            _stamp = time.GetUtcNow().UtcDateTime - stamp.LastWriteTimeUtc is var age && age > TimeSpan.Zero && age < Unsettled ? default : stamp;
            return _value;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It cannot be read now, perhaps for want of a descriptor: what it said last holds on, and it is tried again
            return _value ?? absent;
        }
    }
}
