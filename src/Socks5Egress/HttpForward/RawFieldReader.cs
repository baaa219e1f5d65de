using System.IO.Pipelines;

namespace Socks5Egress.HttpForward;

/// <summary>What Kestrel reads a connection from: the pipe itself, and after each step of the parser what <see cref="RawFields"/> noted in it.</summary>
internal sealed class RawFieldReader(PipeReader pipe) : PipeReader
{
    private RawFields _fields;
    private SequencePosition _end;
    private bool _wantsMore;

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
        _wantsMore = examined.Equals(_end) && !consumed.Equals(examined);
        pipe.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => pipe.CancelPendingRead();

    public override void Complete(Exception? exception = null) => pipe.Complete(exception);

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => Shown(await pipe.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        if (!pipe.TryRead(out result)) return false;
        result = Shown(result);
        return true;
    }

    /// <summary>
    /// A client's FIN is shown behind its last byte and not beside it: Kestrel takes a FIN that it sees beside a whole body for one in the
    /// middle of it, and resets a client that has done nothing wrong.
    /// </summary>
    private ReadResult Shown(ReadResult result)
    {
        _end = result.Buffer.End;
        return result.IsCompleted && !result.Buffer.IsEmpty && !_wantsMore ? new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false) : result;
    }
}
