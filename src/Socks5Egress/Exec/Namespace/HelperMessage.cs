using System.Buffers.Binary;
using System.Text;

namespace Socks5Egress.Exec.Namespace;

/// <summary>What the helper says; the letters are those of <c>Exec/Native</c>.</summary>
internal enum HelperWord
{
    /// <summary>The namespace is ready; its sockets come along.</summary>
    Ready = 'R',

    /// <summary>A step failed; nothing runs.</summary>
    Failed = 'E',

    /// <summary>The command runs.</summary>
    Started = 'S',

    /// <summary>The command cannot be executed.</summary>
    NotExecuted = 'F',

    /// <summary>The command was stopped by a signal that did not reach us.</summary>
    Stopped = 'T',

    /// <summary>The command has ended.</summary>
    Exited = 'X',

    /// <summary>A socket of the namespace that was asked for.</summary>
    Opened = 'O',
}

/// <summary>One message of the helper.</summary>
/// <param name="Word">Which.</param>
/// <param name="Bytes">All of it, the word included.</param>
/// <param name="Descriptors">What came along; the receiver's to close.</param>
internal sealed record HelperMessage(HelperWord Word, byte[] Bytes, int[] Descriptors)
{
    /// <summary>An errno, a signal, or the status that waitpid gives.</summary>
    public int Number => Field(1);

    /// <summary>The step that failed.</summary>
    public string Step => Encoding.UTF8.GetString(Bytes.AsSpan(8));

    /// <summary>A field of 32 bits in the machine's order; both its ends are on one machine, and .NET's Linux is little-endian.</summary>
    public int Field(int index) => Bytes.Length >= 4 * (index + 1) ? BinaryPrimitives.ReadInt32LittleEndian(Bytes.AsSpan(4 * index)) : 0;
}
