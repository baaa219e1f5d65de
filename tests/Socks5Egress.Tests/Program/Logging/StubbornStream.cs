using System.Text;

namespace Socks5Egress.Tests.Program.Logging;

/// <summary>A standard error that can stop taking bytes, or fail.</summary>
internal sealed class StubbornStream : Stream
{
    private readonly MemoryStream _taken = new();
    private readonly ManualResetEventSlim _open = new(true);
    private readonly ManualResetEventSlim _writing = new();

    public volatile bool Failing;

    public string Text => Encoding.UTF8.GetString(_taken.ToArray());

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public void Block() => _open.Reset();

    public void Unblock() => _open.Set();

    public void WaitUntilWriting() => _writing.Wait();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _writing.Set();
        _open.Wait();
        if (Failing) throw new IOException("No space left on device");
        _taken.Write(buffer);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
