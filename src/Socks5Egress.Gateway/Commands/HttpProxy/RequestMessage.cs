using System.Buffers;
using System.Text;
using Socks5Egress.Protocol.Http;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>A request's head, in bytes of its own: it outlives the client's buffer while it is judged and an origin is dialled. To be disposed.</summary>
internal readonly struct RequestMessage : IDisposable
{
    private readonly byte[] _bytes;

    private RequestMessage(in RequestHead head, byte[] bytes) => (Head, _bytes) = (head, bytes);

    /// <summary>What was read.</summary>
    public RequestHead Head { get; }

    /// <summary>The bytes it was read in.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Head.Length);

    public ReadOnlySpan<byte> Method => Bytes[Head.Method];

    public bool IsHead => Method.SequenceEqual("HEAD"u8);

    /// <summary>Takes a head over.</summary>
    public static RequestMessage Of(in RequestHead head, in ReadOnlySequence<byte> buffer)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(head.Length);
        buffer.Slice(0, head.Length).CopyTo(bytes);
        return new RequestMessage(head, bytes);
    }

    /// <summary>The request target as text; the reader has seen to it that it is visible ASCII.</summary>
    public string Target() => Encoding.ASCII.GetString(Bytes[Head.Target]);

    /// <summary>The value of a field, in a sequence of its own.</summary>
    public ReadOnlySequence<byte> Value(Range within) => new(_bytes.AsMemory(within.Start.Value, within.End.Value - within.Start.Value));

    // A head may hold credentials
    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes, clearArray: true);
}
