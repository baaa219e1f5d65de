using System.Net;
using System.Net.Sockets;
using Socks5Egress.Transport;

namespace Socks5Egress.Tests.Transport;

/// <summary>Connects by a script: what each address answers, and when.</summary>
internal sealed class MemoryTransport : ITransport
{
    private readonly Dictionary<IPAddress, Task<Connected>> _answers = [];

    public List<IPEndPoint> Dialled { get; } = [];

    public List<IPAddress?> Sources { get; } = [];

    public List<IPEndPoint> Cancelled { get; } = [];

    public string Name => "memory";

    public MemoryLeg Accepts(string address)
    {
        var leg = new MemoryLeg(remote: address.Contains(':') ? $"[{address}]:443" : $"{address}:443", local: "192.0.2.77:50000");
        _answers[IPAddress.Parse(address)] = Task.FromResult(new Connected(leg, SocketError.Success));
        return leg;
    }

    public void Fails(string address, SocketError error) => _answers[IPAddress.Parse(address)] = Task.FromResult(new Connected(null, error));

    public TaskCompletionSource<Connected> AnswersLater(string address)
    {
        var source = new TaskCompletionSource<Connected>(TaskCreationOptions.RunContinuationsAsynchronously);
        _answers[IPAddress.Parse(address)] = source.Task;
        return source;
    }

    /// <summary>Listeners that are open.</summary>
    public List<MemoryAcceptor> Listening { get; } = [];

    public IAcceptor Listen(IPEndPoint endpoint)
    {
        Listening.Add(new MemoryAcceptor(new IPEndPoint(endpoint.Address, 50001), acceptor => Listening.Remove(acceptor)));
        return Listening[^1];
    }

    public async ValueTask<Connected> ConnectAsync(IPEndPoint remote, IPAddress? source, ILeg? beside, CancellationToken cancellation)
    {
        Dialled.Add(remote);
        Sources.Add(source);
        try
        {
            return await _answers[remote.Address].WaitAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(remote);
            return new Connected(null, SocketError.OperationAborted);
        }
    }

    public ValueTask DisposeAsync() => default;
}
