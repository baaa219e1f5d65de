using System.IO.Pipelines;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Http;
using Socks5Egress.Transport;
using Socks5Egress.Transport.Relay;

namespace Socks5Egress.Gateway.Commands.HttpProxy;

/// <summary>How a request and its answer ended.</summary>
/// <param name="End">Why the client has no answer, or only a part of one; none when it has a whole one.</param>
internal readonly record struct ExchangeEnd(EndReason End)
{
    /// <summary>Something of the final answer has gone to the client: nothing else may be said any more.</summary>
    public bool HasBegun { get; init; }

    /// <summary>The client's connection is not at the end of its request, or its end of it was announced.</summary>
    public bool Closes { get; init; }

    /// <summary>The origin may be asked for something else on this connection.</summary>
    public bool KeepsOrigin { get; init; }

    /// <summary>Both connections are another protocol's from here on.</summary>
    public bool IsTunnel { get; init; }
}

/// <summary>
/// One request and its answer, which flow independently: the answer is passed on as soon as it comes, while the request may still be on its way. The
/// request is sent once and never again: whether an origin that has gone has acted on it, nobody knows.
/// </summary>
internal sealed class HttpExchange
{
    private const int ResetContent = 205;

    private readonly ILeg _client;
    private readonly ClientInput _input;
    private readonly RequestMessage _request;
    private readonly OriginConnection _origin;
    private readonly Traffic _traffic;
    private readonly TimeProvider _time;
    private readonly Func<bool> _isDraining;
    private readonly BodyRelay _upload;
    private volatile bool _uploaded;
    private volatile int _clientFault = -1;
    private volatile bool _begun;
    private bool _closes, _originCloses;

    public HttpExchange(
        ILeg client, ClientInput input, RequestMessage request, OriginConnection origin, Traffic traffic, TimeProvider time, Func<bool> isDraining)
    {
        (_client, _input, _request, _origin, _traffic, _time, _isDraining) = (client, input, request, origin, traffic, time, isDraining);
        _upload = new BodyRelay(client, origin.Leg, request.Head.Body.Kind == BodyKind.Chunked, RelaySide.Client, traffic, time);
        _closes = request.Head.Closes;
    }

    /// <summary>How the client broke its connection meanwhile; null: it did not.</summary>
    public LegFault? ClientFault => _clientFault < 0 ? null : (LegFault)_clientFault;

    /// <summary>Something of the final answer has gone to the client: a refusal could not take it back. Any thread.</summary>
    public bool HasBegun => _begun;

    /// <summary>A client is not read while its origin takes nothing of its body: only the kernel tells that it has gone. Any thread, now and then.</summary>
    public void LookForReset()
    {
        try
        {
            if (_upload.IsWriting && _client.Raw.IsGone) OnClientGone(LegFault.Reset);
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out _))
        {
            // It has ended meanwhile
        }
    }

    /// <summary>Sends the request and passes the answer on.</summary>
    /// <param name="target">The parts of the request's target.</param>
    public async ValueTask<ExchangeEnd> RunAsync(AbsoluteForm target)
    {
        var uploading = UploadAsync(target);
        var (end, isTunnel) = await DownloadAsync();
        if (isTunnel) return new ExchangeEnd(EndReason.None) { HasBegun = true, IsTunnel = true };
        if (!uploading.IsCompleted) await FinishUploadAsync(uploading, end);
        var upload = await uploading;
        if (ClientFault is not null) end = EndReason.ClientReset;
        // A body that broke off or is none is the client's fault, whatever the origin makes of what it has got
        else if (upload.End is BodyEnd.Truncated or BodyEnd.Malformed) end = EndReason.BadRequest;
        return new ExchangeEnd(end)
        {
            HasBegun = _begun,
            Closes = _closes || !_uploaded,
            KeepsOrigin = end == EndReason.None && _uploaded && !_originCloses,
        };
    }

    /// <summary>The answer is there and the request is not: its rest goes on unless the origin has done with it (RFC 9112 section 9.3).</summary>
    private async ValueTask FinishUploadAsync(Task<BodyOutcome> uploading, EndReason end)
    {
        if (end == EndReason.None && !_originCloses) await Task.WhenAny(uploading, _origin.WatchAsync());
        if (uploading.IsCompleted) return;
        _upload.Stop();
        _origin.Abort();
    }

    private async Task<BodyOutcome> UploadAsync(AbsoluteForm target)
    {
        var head = _request.Head;
        var output = _origin.Leg.Output;
        output.Advance(ForwardedRequest.Write(
            output.GetSpan(ForwardedRequest.Room(head, target)), _request.Bytes, head, target, ViaPseudonym.Bytes));
        _upload.Unflushed = 1;
        var outcome = await _upload.RunAsync(new BodyReader(head.Body));
        switch (outcome.End)
        {
            case BodyEnd.Whole:
                _uploaded = true;
                _input.BeginWatch(OnClientGone);
                break;
            case BodyEnd.SenderBroke:
                OnClientGone(outcome.Fault);
                break;
            case BodyEnd.Truncated or BodyEnd.Malformed:
                _origin.Abort();
                break;
            // The origin takes no more; it may have said why, and that is still to be read
        }
        return outcome;
    }

    private void OnClientGone(LegFault fault)
    {
        _clientFault = (int)fault;
        _origin.Abort();
    }

    private async ValueTask<(EndReason End, bool IsTunnel)> DownloadAsync()
    {
        var writing = false;
        try
        {
            while (true)
            {
                var (read, parsed) = await ReadHeadAsync();
                if (parsed.Status != ParseStatus.Done) return (parsed.Status == ParseStatus.Invalid ? EndReason.BadResponse : EndReason.TargetFin, false);
                var head = parsed.Value;
                var hasUpgraded = head.IsUpgrade && _request.Head.AsksUpgrade && _uploaded;
                if (head.IsUpgrade && !hasUpgraded)
                {
                    _origin.Leg.Input.AdvanceTo(parsed.Consumed);
                    return (EndReason.BadResponse, false);
                }
                writing = true;
                var body = head.BodyOf(_request.IsHead);
                var written = WriteHead(head, body, read);
                writing = false;
                _origin.Leg.Input.AdvanceTo(parsed.Consumed);
                if (!head.IsInterim && !hasUpgraded) return (await RelayAsync(head, body, written), false);
                writing = true;
                if (written > 0) await FlushAsync(written);
                writing = false;
                if (hasUpgraded) return (EndReason.None, true);
            }
        }
        catch (Exception exception) when (LegFaults.TryTranslate(exception, out var fault))
        {
            if (!writing) return (OfOrigin(fault), false);
            OnClientGone(fault);
            return (EndReason.ClientReset, false);
        }
    }

    /// <summary>The next head of the answer, in a buffer that is still to be advanced when it is done.</summary>
    private async ValueTask<(ReadResult Read, Parsed<ResponseHead> Parsed)> ReadHeadAsync()
    {
        while (true)
        {
            var read = await _origin.ReadAsync();
            var parsed = ResponseHead.Read(read.Buffer);
            if (parsed.Status == ParseStatus.Done) return (read, parsed);
            var left = read.Buffer.Length;
            _origin.Leg.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);
            if (parsed.Status == ParseStatus.Invalid || read.IsCompleted) return (read, parsed);
        }
    }

    /// <summary>Writes a head to the client, without flushing it.</summary>
    /// <returns>The bytes written; 0 for what an HTTP/1.0 client knows nothing of.</returns>
    private int WriteHead(in ResponseHead head, BodyFraming body, in ReadResult read)
    {
        if (head.IsInterim && !_request.Head.IsHttp11) return 0;
        if (!head.IsInterim)
        {
            _begun = true;
            _originCloses = head.Closes || head.FramesNothing || body.Kind == BodyKind.UntilClose;
            _closes |= _isDraining() || (_originCloses && !_uploaded) || (!_request.Head.IsHttp11 && body.Kind is BodyKind.Chunked or BodyKind.UntilClose);
        }
        var bytes = read.Buffer.Slice(0, head.Length);
        var room = _client.Output.GetSpan(ForwardedResponse.Room(head));
        var length = bytes.IsSingleSegment
            ? ForwardedResponse.Write(room, bytes.FirstSpan, head, Outgoing(head, body), _closes, ViaPseudonym.Bytes)
            : ForwardedResponse.Write(room, System.Buffers.BuffersExtensions.ToArray(bytes), head, Outgoing(head, body), _closes, ViaPseudonym.Bytes);
        _client.Output.Advance(length);
        return length;
    }

    /// <summary>How the body goes on: what ends with the origin's connection ends with a last chunk here, so that the client's connection stays.</summary>
    private BodyFraming Outgoing(in ResponseHead head, BodyFraming body) => body.Kind switch
    {
        BodyKind.None => BodyFraming.None,
        // RFC 9110 section 15.3.6: there is none, and a client takes whatever came for its next answer
        _ when head.Status == ResetContent => BodyFraming.Of(0),
        BodyKind.Length => body,
        _ => _request.Head.IsHttp11 ? BodyFraming.Chunked : BodyFraming.UntilClose,
    };

    private async ValueTask<EndReason> RelayAsync(ResponseHead head, BodyFraming body, int written)
    {
        var outgoing = Outgoing(head, body);
        var relay = new BodyRelay(_origin.Leg, _client, outgoing.Kind == BodyKind.Chunked, RelaySide.Target, _traffic, _time)
        {
            Unflushed = written,
            Discards = head.Status == ResetContent,
        };
        var outcome = await relay.RunAsync(new BodyReader(body));
        switch (outcome.End)
        {
            case BodyEnd.Whole:
                // Surplus belongs to nobody (RFC 9112 section 9.2)
                if (!_originCloses && _origin.Leg.Input.TryRead(out var surplus))
                {
                    _originCloses = surplus.IsCompleted || !surplus.Buffer.IsEmpty;
                    _origin.Leg.Input.AdvanceTo(surplus.Buffer.End);
                }
                return EndReason.None;
            case BodyEnd.Truncated:
                return EndReason.TargetFin;
            case BodyEnd.Malformed:
                return EndReason.BadResponse;
            case BodyEnd.SenderBroke:
                return OfOrigin(outcome.Fault);
            default:
                OnClientGone(outcome.Fault);
                return EndReason.ClientReset;
        }
    }

    private async ValueTask FlushAsync(int written)
    {
        _traffic.HeardDown(written);
        var flush = await _client.Output.FlushAsync();
        if (flush.IsCompleted) throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionReset);
        _traffic.Down(written, _time.GetTimestamp());
    }

    private EndReason OfOrigin(LegFault fault) => _origin.HasVanished ? EndReason.TargetTimedOut : fault.OfTarget();
}
