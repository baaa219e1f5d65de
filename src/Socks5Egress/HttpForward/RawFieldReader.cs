using System.IO.Pipelines;

namespace Socks5Egress.HttpForward;

/// <summary>What Kestrel reads a connection from: the pipe itself, and after each step of the parser what <see cref="RawFields"/> noted in it.</summary>
internal sealed class RawFieldReader(PipeReader pipe) : PipeReader
{
    private RawFields _fields;

    /// <summary>The fields of the head that was parsed since the last call.</summary>
    public RawFields Take()
    {
        var fields = _fields;
        _fields = default;
        return fields;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        _fields.Add(RawFields.Take());
        pipe.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => pipe.CancelPendingRead();

    public override void Complete(Exception? exception = null) => pipe.Complete(exception);

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => pipe.ReadAsync(cancellationToken);

    public override bool TryRead(out ReadResult result) => pipe.TryRead(out result);
}
