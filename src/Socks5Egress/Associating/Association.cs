using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Accounting;
using Socks5Egress.Dialing;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Relaying;
using Socks5Egress.Transport;

namespace Socks5Egress.Associating;

/// <summary>
/// UDP ASSOCIATE (RFC 1928 section 7): another way to relay. One socket towards the client, where the reply says, and one for each address that
/// datagrams leave from. It lives as long as the control connection, and each datagram is judged as a connection would be.
/// </summary>
/// <remarks>
/// Dropped without a word, as UDP does: what comes from anybody but the client, fragments, malformed headers, what the policy refuses, and
/// what a server sends that was not sent to.
/// </remarks>
internal sealed class Association : IAsyncDisposable
{
    /// <summary>Silence in both directions that ends it.</summary>
    public static readonly RelayClock Clock = new(TimeSpan.FromSeconds(120), TimeSpan.Zero);

    /// <summary>Associations of one client address.</summary>
    public const int MostOfOneSource = 64;

    private const int MostTargets = 256;

    /// <summary>Datagrams that wait for a name to be looked up; more are dropped.</summary>
    private const int MostLookUps = 32;

    private readonly Stages _stages;
    private readonly SessionRecord _record;
    private readonly ILeg _control;
    private readonly IPAddress _source;
    private readonly RelaySocket _inner;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, RelaySocket> _outer = [];
    private readonly List<Task> _loops = [];
    private readonly TargetTable _targets = new(MostTargets);
    private IPEndPoint? _client;
    private int _lookUps;

    private Association(Stages stages, SessionRecord record, ILeg control, IPAddress source, RelaySocket inner)
    {
        (_stages, _record, _control, _source, _inner) = (stages, record, control, source, inner);
    }

    /// <summary>Where the client sends its datagrams: a port at the address that it reached the gateway by.</summary>
    public IPEndPoint Bound => _inner.LocalEndPoint;

    /// <summary>Opens the client's side. Where the client says it will send from (DST of its request) is no target and, behind NAT, no truth: not looked at.</summary>
    /// <returns>The association, or the reason why there is none.</returns>
    public static (Association? Association, EndReason End) Open(Stages stages, SessionRecord record, ILeg control)
    {
        var source = AddressLiteral.Canonical(record.Client.Address);
        if (!stages.Associations.TryEnter(source)) return (null, EndReason.LimitSourceSessions);
        try
        {
            return (new Association(stages, record, control, source, new RelaySocket(control.LocalEndPoint.Address)), EndReason.None);
        }
        catch (SocketException error)
        {
            stages.Associations.Leave(source);
            return (null, DialFailure.Of(error.SocketErrorCode));
        }
    }

    /// <summary>Relays until the control connection ends, or <paramref name="stop"/>.</summary>
    public async Task<EndReason> RunAsync(CancellationToken stop)
    {
        lock (_lock) _loops.Add(_inner.ReceiveAsync(FromClientAsync));
        while (true)
        {
            // Nothing is said there any more; only its end counts
            var read = await _control.Input.ReadAsync(stop);
            _control.Input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted) return EndReason.ClientFin;
        }
    }

    /// <summary>Closes the sockets and waits for their loops.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        Task[] loops;
        lock (_lock)
        {
            _inner.Dispose();
            foreach (var socket in _outer.Values) socket.Dispose();
            loops = [.. _loops];
        }

        await Task.WhenAll(loops);
        _stages.Associations.Leave(_source);
    }

    private async ValueTask FromClientAsync(Memory<byte> buffer, IPEndPoint from)
    {
        if (_client is null ? !AddressLiteral.Canonical(from.Address).Equals(_source) : !from.Equals(_client)) return;
        var datagram = buffer[RelaySocket.Room..];
        var bytes = new ReadOnlySequence<byte>(datagram);
        var header = UdpHeader.Read(bytes);
        if (header.Status != ParseStatus.Done || header.Value.Fragment != 0) return;
        _client ??= from;
        var destination = header.Value.ToDestination();
        var data = datagram[^(int)bytes.Slice(header.Consumed).Length..];

        var judging = Reaching.JudgeAsync(_stages, new Wish(_record.User, destination), _record, _over.Token);
        if (judging.IsCompletedSuccessfully) await SendAsync(judging.Result, destination.Port, data);
        else if (Interlocked.Increment(ref _lookUps) <= MostLookUps) _ = SendLaterAsync(judging.AsTask(), destination.Port, data.ToArray());
        else Interlocked.Decrement(ref _lookUps);
    }

    /// <summary>A name that has to be looked up does not hold up the datagrams behind it.</summary>
    private async Task SendLaterAsync(Task<Judged> judging, int port, byte[] data)
    {
        try
        {
            await SendAsync(await judging, port, data);
        }
        catch (OperationCanceledException)
        {
            // The association is over
        }
        finally
        {
            Interlocked.Decrement(ref _lookUps);
        }
    }

    private async ValueTask SendAsync(Judged judged, int port, ReadOnlyMemory<byte> data)
    {
        if (judged.Steps.Count == 0) return;
        // Datagrams cannot race two families: the client's own is the likelier one
        var step = judged.Steps.FirstOrDefault(each => each.Address.AddressFamily == _source.AddressFamily, judged.Steps[0]);
        var target = new IPEndPoint(step.Address, port);
        if (Outer(step, target) is not { } socket || !await socket.SendAsync(data, target)) return;
        lock (_lock) _record.Traffic.Up(data.Length, _stages.Time.GetTimestamp());
    }

    /// <summary>The socket that datagrams leave from on this way; null when there is none to be had.</summary>
    private RelaySocket? Outer(DialStep step, IPEndPoint target)
    {
        var address = step.Source ?? (step.Address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any);
        lock (_lock)
        {
            if (_over.IsCancellationRequested) return null;
            _targets.Add(target);
            if (_outer.TryGetValue(address, out var open)) return open;
            try
            {
                var socket = _outer[address] = new RelaySocket(address);
                _loops.Add(socket.ReceiveAsync(FromTargetAsync));
                return socket;
            }
            catch (SocketException)
            {
                return null;
            }
        }
    }

    private async ValueTask FromTargetAsync(Memory<byte> buffer, IPEndPoint from)
    {
        lock (_lock)
        {
            if (!_targets.Knows(new IPEndPoint(AddressLiteral.Canonical(from.Address), from.Port))) return;
        }

        var start = RelaySocket.Room - UdpHeader.LengthFor(from.Address);
        UdpHeader.Write(buffer.Span[start..], from);
        if (!await _inner.SendAsync(buffer[start..], _client!)) return;
        lock (_lock) _record.Traffic.Down(buffer.Length - RelaySocket.Room, _stages.Time.GetTimestamp());
    }
}
