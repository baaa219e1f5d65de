using System.Net.Security;
using System.Runtime.InteropServices;

namespace Socks5Egress.Transport.Tls;

/// <summary>
/// Chooses the suites of TLS 1.2 for all handshakes with one certificate, once. .NET has an option for a single handshake, but then
/// makes a context of OpenSSL for it alone: no session is ever resumed, and each handshake costs several times as much.
/// </summary>
internal static class TlsSuites
{
    // A record with the beginning of a ClientHello: the context is made, and the handshake waits for the rest
    private static readonly byte[] Hello = [22, 3, 1, 0, 4, 1, 0, 1, 0];

    /// <summary>Restricts the context that .NET keeps for these options, which must not name suites themselves.</summary>
    /// <param name="options">As every handshake will have them.</param>
    /// <param name="suites">In OpenSSL's words.</param>
    /// <returns>Keeps the context as long as it is held; null where that cannot be done.</returns>
    public static IDisposable? Restrict(SslServerAuthenticationOptions options, string suites)
    {
        if (!TlsRecords.IsSupported) return null;
        var holder = new SslStream(new BegunStream());
        var waiting = holder.AuthenticateAsServerAsync(options);
        if (!waiting.IsCompleted && TlsRecords.SessionOf(holder) is { } session && Restrict(session.DangerousGetHandle(), suites)) return holder;
        holder.Dispose();
        return null;
    }

    // Another listener may have the same certificate, and handshakes under way: a list is not replaced under them
    private static bool Restrict(nint ssl, string suites)
    {
        var isRestricted = true;
        for (var i = 0; Marshal.PtrToStringUTF8(LibSsl.GetCipher(ssl, i)) is { } name; i++)
        {
            isRestricted &= name.StartsWith("TLS_", StringComparison.Ordinal) || name.Contains("GCM", StringComparison.Ordinal)
                || name.Contains("CHACHA20", StringComparison.Ordinal);
        }

        return isRestricted || LibSsl.SetCipherList(LibSsl.GetContext(ssl), suites) == 1;
    }

    /// <summary>A client that has begun and says nothing more.</summary>
    private sealed class BegunStream : Stream
    {
        private int _read;

        public override bool CanRead => true;

        public override bool CanWrite => true;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (buffer.IsEmpty) return new ValueTask<int>(0);
            var count = Math.Min(buffer.Length, Hello.Length - _read);
            if (count == 0) return new ValueTask<int>(new TaskCompletionSource<int>().Task);
            Hello.AsSpan(_read, count).CopyTo(buffer.Span);
            _read += count;
            return new ValueTask<int>(count);
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => default;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
