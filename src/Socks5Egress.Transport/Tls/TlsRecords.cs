using System.Net.Security;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Socks5Egress.Transport.Tls;

/// <summary>How far <see cref="TlsRecords.Open"/> has come.</summary>
internal enum RecordState : byte
{
    /// <summary>More may follow.</summary>
    Open,

    /// <summary>The peer has sent close-notify.</summary>
    Ended,

    /// <summary>The peer broke the protocol, or the session is closed.</summary>
    Failed,
}

/// <summary>
/// The records of one TLS session whose handshake <see cref="SslStream"/> has done: from here on OpenSSL works directly on the caller's
/// buffers. It holds memory only while a record is incomplete. Any thread; one call at a time has it.
/// </summary>
internal sealed unsafe class TlsRecords : IDisposable
{
    /// <summary>The longest payload of a record.</summary>
    public const int MaxPayload = 16 * 1024;

    // Header, explicit nonce, tag or MAC with padding: at most 85 bytes with the suites of TLS 1.2 and 1.3; and a key update before it
    private const int Overhead = 256;

    // Room for what the library says by itself: alerts, key updates. When it is used up the library is called again with as much
    private const int AnswerRoom = 1024;

    private readonly Lock _lock = new();
    private readonly SafeHandle _handle;
    private readonly nint _ssl;
    private byte[] _answers = [];
    private bool _disposed;

    private TlsRecords(SafeHandle handle)
    {
        // Ours beside the stream's, which gives its own up when it is disposed or finalized
        var isHeld = false;
        handle.DangerousAddRef(ref isHeld);
        (_handle, _ssl) = (handle, handle.DangerousGetHandle());
        var bio = BorrowedBio.Create();
        LibSsl.SetBio(_ssl, bio, bio);
        LibSsl.SetQuietShutdown(_ssl, 0);
        LibSsl.ClearOptions(_ssl, LibSsl.OptionAllowClientRenegotiation);
        LibSsl.SetOptions(_ssl, LibSsl.OptionNoRenegotiation);
        LibSsl.Control(_ssl, LibSsl.ControlMode, LibSsl.ModeReleaseBuffers, 0);
        _ = LibSsl.FreeBuffers(_ssl);
    }

    /// <summary>The library can be used here: the same OpenSSL that .NET uses.</summary>
    public static bool IsSupported { get; } = Supports();

    /// <summary>The library has said something by itself that the peer should get.</summary>
    public bool HasAnswers => Volatile.Read(ref _answers).Length > 0;

    /// <summary>Decrypted bytes wait.</summary>
    public bool HasPayload
    {
        get
        {
            lock (_lock) return !_disposed && LibSsl.Pending(_ssl) > 0;
        }
    }

    /// <summary>Something waits inside: decrypted bytes, or the beginning of a record.</summary>
    public bool HasUnread
    {
        get
        {
            lock (_lock) return !_disposed && LibSsl.HasPending(_ssl) != 0;
        }
    }

    /// <summary>
    /// Takes a session over. <paramref name="stream"/> must stand between two records with nothing read beyond; it is disposed.
    /// </summary>
    /// <returns>Null where there is no OpenSSL 3 of .NET's, or .NET keeps the session elsewhere: <paramref name="stream"/> goes on as it is.</returns>
    public static TlsRecords? TryTake(SslStream stream)
    {
        if (!IsSupported) return null;
        if (SessionOf(stream) is not { } handle) return null;
        var bio = LibSsl.GetReadBio(handle.DangerousGetHandle());
        if (bio == 0 || LibSsl.BioPending(bio) != 0) return null;
        var records = new TlsRecords(handle);
        stream.Dispose();
        return records;
    }

    /// <summary>OpenSSL's session of a stream; null where it has none, or .NET keeps it elsewhere.</summary>
    public static SafeHandle? SessionOf(SslStream stream)
    {
        // Private, and a SafeHandle since .NET Core: where it is no longer found the stream serves, and a test says so
        var field = typeof(SslStream).GetField("_securityContext", BindingFlags.Instance | BindingFlags.NonPublic);
        return field?.GetValue(stream) is SafeHandle { IsInvalid: false, IsClosed: false } handle ? handle : null;
    }

    /// <summary>Room that is enough for so many bytes of payload, sealed, with what the library wants to say before.</summary>
    public int SealedLength(int payload) => Volatile.Read(ref _answers).Length + payload + (payload / MaxPayload + 1) * Overhead;

    /// <summary>
    /// Decrypts from <paramref name="records"/>, which shrinks to what was not used: nothing, unless <paramref name="payload"/> is full.
    /// When it is, ask again: more may wait inside.
    /// </summary>
    public RecordState Open(ref ReadOnlySpan<byte> records, Span<byte> payload, out int count)
    {
        var answers = stackalloc byte[AnswerRoom];
        count = 0;
        lock (_lock)
        {
            if (_disposed) return RecordState.Failed;
            fixed (byte* from = records, to = payload)
            {
                var left = records.Length;
                var state = RecordState.Open;
                while (state == RecordState.Open && count < payload.Length)
                {
                    LibSsl.ClearErrors();
                    var before = left;
                    BorrowedBio.Lend(from + records.Length - left, left, answers, AnswerRoom);
                    var result = LibSsl.Read(_ssl, to + count, payload.Length - count);
                    (left, var room) = BorrowedBio.Return();
                    Answer(new ReadOnlySpan<byte>(answers, AnswerRoom - room));
                    if (result > 0)
                    {
                        count += result;
                        continue;
                    }
                    var error = LibSsl.GetError(_ssl, result);
                    if (error == LibSsl.ErrorWantRead && left == 0) break;
                    // It stopped for want of room, not of records
                    if (error == LibSsl.ErrorWantRead && (left < before || room < AnswerRoom)) continue;
                    state = error == LibSsl.ErrorZeroReturn ? RecordState.Ended : RecordState.Failed;
                }
                records = records[^left..];
                return state;
            }
        }
    }

    /// <summary>Encrypts all of <paramref name="payload"/>, in records as long as may be.</summary>
    /// <param name="payload">May be empty: then only what the library has to say by itself is put out.</param>
    /// <param name="records">At least <see cref="SealedLength"/> long.</param>
    /// <param name="close">Put close-notify behind it.</param>
    /// <returns>
    /// How much of <paramref name="records"/> is used; 0 when the room is not enough, which another call may have caused: try again;
    /// -1 when it is broken.
    /// </returns>
    public int Seal(ReadOnlySpan<byte> payload, Span<byte> records, bool close = false)
    {
        lock (_lock)
        {
            if (_disposed) return -1;
            if (records.Length < SealedLength(payload.Length)) return 0;
            _answers.CopyTo(records);
            var answered = _answers.Length;
            Volatile.Write(ref _answers, []);
            fixed (byte* from = payload, to = records)
            {
                LibSsl.ClearErrors();
                BorrowedBio.Lend(null, 0, to + answered, records.Length - answered);
                var isSealed = true;
                for (var done = 0; done < payload.Length && isSealed;)
                {
                    var length = Math.Min(MaxPayload, payload.Length - done);
                    isSealed = LibSsl.Write(_ssl, from + done, length) == length;
                    done += length;
                }
                if (isSealed && close) _ = LibSsl.Shutdown(_ssl);
                var (_, room) = BorrowedBio.Return();
                return isSealed ? records.Length - room : -1;
            }
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
            // Releasing the handle shuts the session down, and nobody lends it a buffer
            LibSsl.SetQuietShutdown(_ssl, 1);
            _handle.DangerousRelease();
        }
    }

    private void Answer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return;
        Volatile.Write(ref _answers, [.. _answers, .. bytes]);
    }

    private static bool Supports()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(LibSsl.Ssl, out _)) return false;
        // .NET may have been told to use another one that is installed as well
        return SafeEvpPKeyHandle.OpenSslVersion == (long)LibSsl.Version();
    }
}
