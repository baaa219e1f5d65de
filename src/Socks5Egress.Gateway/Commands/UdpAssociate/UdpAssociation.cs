using System.Buffers;
using System.Net;
using System.Net.Sockets;
using Socks5Egress.Gateway.Accounting;
using Socks5Egress.Gateway.Connecting;
using Socks5Egress.Gateway.Dialing;
using Socks5Egress.Gateway.Grants;
using Socks5Egress.Gateway.Relaying;
using Socks5Egress.Gateway.Routing;
using Socks5Egress.Protocol;
using Socks5Egress.Protocol.Socks5;
using Socks5Egress.Transport;

namespace Socks5Egress.Gateway.Commands.UdpAssociate;

/// <summary>
/// UDP ASSOCIATE (RFC 1928 section 7): another way to relay. One socket towards the client, where the reply says, and one for each address that
/// datagrams leave from. It lives as long as the control connection, and each datagram is judged as a connection would be.
/// </summary>
/// <remarks>
/// Dropped without a word, as UDP does: what comes from anybody but the client, fragments, malformed headers, what the policy refuses, and
/// what a server sends that was not sent to.
/// </remarks>
internal sealed class UdpAssociation : IAsyncDisposable
{
    /// <summary>Silence in both directions that ends it.</summary>
    public static readonly IdleTimeouts Clock = new(TimeSpan.FromSeconds(120), TimeSpan.Zero);

    /// <summary>Associations of one client address.</summary>
    public const int MostOfOneSource = 64;

    private const int MostTargets = 256;

    /// <summary>Datagrams that wait for a name to be looked up; more are dropped.</summary>
    private const int MostLookUps = 32;

    private readonly SessionServices _stages;
    private readonly AssociationPlaces _places;
    private readonly Lease _lease;
    private readonly ISessionReport _record;
    private readonly ILeg _control;
    private readonly IPAddress _source;
    private readonly int _expectedPort;
    private readonly UdpSocket _inner;
    private readonly CancellationTokenSource _over = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, UdpSocket> _outer = [];
    private readonly List<Task> _loops = [];
    private readonly RecentPeers<UdpTarget> _targets = new(MostTargets);
    private volatile IPEndPoint? _client;
    private int _lookUps;

    private UdpAssociation(CommandContext context, AssociationPlaces places, IPAddress source, UdpSocket inner)
    {
        (_stages, _lease, _record, _control, _expectedPort) = (context.Services, context.Lease, context.Report, context.Client, context.Target.Port);
        (_places, _source, _inner) = (places, source, inner);
    }

    /// <summary>Where the client sends its datagrams: a port at the address that it reached the gateway by.</summary>
    public IPEndPoint Bound => _inner.LocalEndPoint;

    /// <summary>
    /// Opens the client's side. DST of its request is where the client says it will send from (RFC 1928 section 4). Its address is no truth behind NAT and not
    /// looked at; a port that it names is the only one that counts.
    /// </summary>
    /// <param name="context">The session: its connection is the one that the association lives as long as.</param>
    /// <param name="places">How many associations each client has.</param>
    /// <returns>The association, or the reason why there is none.</returns>
    public static (UdpAssociation? Association, EndReason End) Open(CommandContext context, AssociationPlaces places)
    {
        var source = AddressLiteral.Canonical(context.Identity.Client.Address);
        if (!places.TryEnter(source)) return (null, EndReason.LimitSourceSessions);
        try
        {
            var inner = new UdpSocket(context.Client.LocalEndPoint.Address);
            return (new UdpAssociation(context, places, source, inner), EndReason.None);
        }
        catch (SocketException error)
        {
            places.Leave(source);
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
        UdpTarget[] targets;
        lock (_lock)
        {
            _inner.Dispose();
            foreach (var socket in _outer.Values) socket.Dispose();
            (loops, targets) = ([.. _loops], [.. _targets.All]);
        }

        foreach (var target in targets) target.Dispose();
        await Task.WhenAll(loops);
        _places.Leave(_source);
    }

    private async ValueTask FromClientAsync(Memory<byte> buffer, IPEndPoint from)
    {
        if (!MayBeClient(from))
        {
            _stages.Meters.CountStranger();
            return;
        }
        var datagram = buffer[UdpSocket.Room..];
        var bytes = new ReadOnlySequence<byte>(datagram);
        var header = UdpHeader.Read(bytes);
        if (header.Status != ParseStatus.Done || header.Value.Fragment != 0) return;
        var destination = header.Value.ToDestination();
        var data = datagram[^(int)bytes.Slice(header.Consumed).Length..];
        // What was granted holds until the rules change, and then it is gone from the table
        if (Known(destination) is { } known)
        {
            if (Pin(from)) await SendAsync(known, data);
            return;
        }

        var target = new UdpTarget(_lease, Forget);
        var judging = _stages.Connector.JudgeAsync(new TargetRequest(target.Lease, destination), _control.Scheduler, _over.Token);
        if (judging.IsCompletedSuccessfully) await SendAsync(target, judging.Result, destination, from, data);
        else if (Interlocked.Increment(ref _lookUps) <= MostLookUps) SendLater(target, judging.AsTask(), destination, from, data.ToArray());
        else
        {
            Interlocked.Decrement(ref _lookUps);
            target.Dispose();
        }
    }

    private bool MayBeClient(IPEndPoint from) => _client is { } pinned
        ? from.Equals(pinned)
        : AddressLiteral.Canonical(from.Address).Equals(_source) && (_expectedPort == 0 || from.Port == _expectedPort);

    /// <summary>The first datagram that the policy allows says which port the client sends from; from then on it is that one.</summary>
    private bool Pin(IPEndPoint from)
    {
        var pinned = Interlocked.CompareExchange(ref _client, from, null) ?? from;
        if (from.Equals(pinned)) return true;
        _stages.Meters.CountStranger();
        return false;
    }

    private UdpTarget? Known(Destination destination)
    {
        if (destination.Address is not { } address) return null;
        lock (_lock) return _targets.Find(new IPEndPoint(AddressLiteral.Canonical(address), destination.Port)) is { } known && known.Lease.Grant.Target == destination ? known : null;
    }

    private void SendLater(UdpTarget target, Task<AuthorizedTarget> judging, Destination destination, IPEndPoint from, byte[] data) =>
        _stages.Supervisor.Run("datagram", () => SendLaterAsync(target, judging, destination, from, data));

    /// <summary>A name that has to be looked up does not hold up the datagrams behind it.</summary>
    private async Task SendLaterAsync(UdpTarget target, Task<AuthorizedTarget> judging, Destination destination, IPEndPoint from, byte[] data)
    {
        try
        {
            await SendAsync(target, await judging, destination, from, data);
        }
        catch (OperationCanceledException)
        {
            // The association is over
            target.Dispose();
        }
        finally
        {
            Interlocked.Decrement(ref _lookUps);
        }
    }

    private async ValueTask SendAsync(UdpTarget target, AuthorizedTarget judged, Destination destination, IPEndPoint from, ReadOnlyMemory<byte> data)
    {
        // Several datagrams may be judged at a time; each hands over what was said of it in one piece
        lock (_lock) _record.Judged(judged.Judgement, judged.ResolvedAt);
        if (judged.Steps.Count == 0 || !Pin(from))
        {
            target.Dispose();
            return;
        }
        // Datagrams cannot race two families: the client's own is the likelier one
        var step = judged.Steps.FirstOrDefault(each => each.Address.AddressFamily == _source.AddressFamily, judged.Steps[0]);
        var endpoint = new IPEndPoint(step.Address, destination.Port);
        if (target.Lease.Hold(target.Lease.Grant with { Address = step.Address, Source = step.Source }, judged.Rules) && TryReach(target, step, endpoint))
            await SendAsync(target, data);
        else target.Dispose();
    }

    private async ValueTask SendAsync(UdpTarget target, ReadOnlyMemory<byte> data)
    {
        if (!await target.Socket!.SendAsync(data, target.EndPoint!)) return;
        lock (_lock) _record.Traffic.Up(data.Length, _stages.Time.GetTimestamp());
    }

    /// <summary>Gives the target its socket and its place in the table; false when there is no socket to be had.</summary>
    private bool TryReach(UdpTarget target, ConnectAttempt step, IPEndPoint endpoint)
    {
        UdpTarget? former;
        lock (_lock)
        {
            if (Outer(step) is not { } socket) return false;
            target.Reached(endpoint, socket);
            former = _targets.Put(endpoint, target);
            // Forbidden in between: it was not in the table yet when it was told
            if (target.Lease.IsRevoked) _targets.Remove(endpoint, target);
        }
        former?.Dispose();
        return !target.Lease.IsRevoked;
    }

    private UdpSocket? Outer(ConnectAttempt step)
    {
        var address = step.Source ?? (step.Address.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Any : IPAddress.IPv6Any);
        if (_over.IsCancellationRequested) return null;
        if (_outer.TryGetValue(address, out var open)) return open;
        try
        {
            var socket = _outer[address] = new UdpSocket(address);
            _loops.Add(socket.ReceiveAsync(FromTargetAsync));
            return socket;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private void Forget(UdpTarget target)
    {
        lock (_lock)
        {
            if (target.EndPoint is { } endpoint) _targets.Remove(endpoint, target);
        }
        target.Dispose();
    }

    private async ValueTask FromTargetAsync(Memory<byte> buffer, IPEndPoint from)
    {
        lock (_lock)
        {
            if (_targets.Find(new IPEndPoint(AddressLiteral.Canonical(from.Address), from.Port)) is null) return;
        }

        var start = UdpSocket.Room - UdpHeader.LengthFor(from.Address);
        UdpHeader.Write(buffer.Span[start..], from);
        if (!await _inner.SendAsync(buffer[start..], _client!)) return;
        lock (_lock) _record.Traffic.Down(buffer.Length - UdpSocket.Room, _stages.Time.GetTimestamp());
    }
}
