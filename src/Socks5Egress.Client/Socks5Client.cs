using System.Net.Sockets;
using Socks5Egress.Protocol;

namespace Socks5Egress.Client;

/// <summary>
/// Opens TCP connections to targets through SOCKS5 gateways. Names of targets are never looked up here: the gateway does it
/// (what <c>socks5h</c> says elsewhere). Of several gateways, and of several addresses behind a gateway's name, the one with the
/// fewest connections of this client is tried first, and the others when it is away; names are looked up anew each time.
/// </summary>
/// <remarks>Safe for use by any number of threads. Holds nothing that needs disposal: make one and keep it.</remarks>
public sealed class Socks5Client
{
    private readonly GatewayDialer _dialer;

    /// <summary>A client of one gateway.</summary>
    /// <param name="proxy">The gateway.</param>
    /// <param name="options">Time limits; null for the defaults.</param>
    public Socks5Client(Socks5Proxy proxy, Socks5ClientOptions? options = null) : this([proxy], options)
    {
    }

    /// <summary>A client of several gateways that lead to the same targets.</summary>
    /// <param name="proxies">One or more gateways.</param>
    /// <param name="options">Time limits; null for the defaults.</param>
    /// <exception cref="ArgumentException">There is no gateway in it.</exception>
    public Socks5Client(IEnumerable<Socks5Proxy> proxies, Socks5ClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(proxies);
        Proxies = [.. proxies];
        if (Proxies.Count == 0) throw new ArgumentException("A client needs a gateway.", nameof(proxies));
        foreach (var proxy in Proxies) ArgumentNullException.ThrowIfNull(proxy, nameof(proxies));
        Options = options ?? new Socks5ClientOptions();
        _dialer = new GatewayDialer(Proxies, Options);
    }

    /// <summary>The gateways, in the order given.</summary>
    public IReadOnlyList<Socks5Proxy> Proxies { get; }

    /// <summary>The options in force.</summary>
    public Socks5ClientOptions Options { get; }

    /// <summary>Connects to a target and gives the connection as a stream, which owns it: dispose the stream to close it.</summary>
    /// <param name="host">A name, or an IPv4 or IPv6 address, with or without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="cancellationToken">Gives the attempt up; no effect on a connection that was had.</param>
    /// <returns>The connection, both directions; the target's half-close reads as its end.</returns>
    /// <exception cref="Socks5Exception">It cannot be had; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">Host or port cannot be sent in SOCKS5.</exception>
    public async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken = default) =>
        new NetworkStream(await ConnectSocketAsync(host, port, cancellationToken).ConfigureAwait(false), ownsSocket: true);

    /// <summary>
    /// Connects to a target and gives the connected socket, Nagle's algorithm off and keepalive on; its remote end is the gateway. With
    /// <see cref="Socks5Proxy.Tls"/> it is one end of a connection within this machine, and TLS is between the other end and the gateway.
    /// </summary>
    /// <returns>The caller's to dispose, which closes the connection.</returns>
    /// <param name="host">A name, or an IPv4 or IPv6 address, with or without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="cancellationToken">Gives the attempt up.</param>
    /// <exception cref="Socks5Exception">It cannot be had; the message says why and what to do.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    /// <exception cref="ArgumentException">Host or port cannot be sent in SOCKS5.</exception>
    public async Task<Socket> ConnectSocketAsync(string host, int port, CancellationToken cancellationToken = default) =>
        (await ConnectAsync(host, port, EarlyBytes.None, cancellationToken).ConfigureAwait(false)).Socket;

    /// <summary>
    /// Connects to a target that waits for the client to speak first, and sends it these bytes. To a gateway of ours they travel with the request, so that the
    /// target's answer comes a round trip sooner; to any other they are sent when the target is connected.
    /// </summary>
    /// <param name="host">A name, or an IPv4 or IPv6 address, with or without brackets.</param>
    /// <param name="port">1 to 65535.</param>
    /// <param name="firstBytes">What the target gets first. They must not change before this is done.</param>
    /// <param name="cancellationToken">Gives the attempt up; the bytes may have reached the target all the same.</param>
    /// <returns>The connection, its target connected and the bytes sent; dispose it to close the connection.</returns>
    /// <exception cref="Socks5Exception">It failed; <see cref="Socks5Exception.FirstBytesMayHaveArrived"/> says whether the bytes may have got there.</exception>
    /// <exception cref="OperationCanceledException">The token was canceled.</exception>
    /// <exception cref="ArgumentException">Host or port cannot be sent in SOCKS5.</exception>
    public async Task<Stream> ConnectAsync(string host, int port, ReadOnlyMemory<byte> firstBytes, CancellationToken cancellationToken = default)
    {
        var (socket, sent) = await ConnectAsync(host, port, new EarlyBytes(firstBytes), cancellationToken).ConfigureAwait(false);
        var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (sent < firstBytes.Length) await stream.WriteAsync(firstBytes[sent..], cancellationToken).ConfigureAwait(false);
            return stream;
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Has connections stand ready from now on, however long nothing asks for one.</summary>
    internal void KeepWarm() => _dialer.KeepWarm();

    /// <summary>Connects, and says how many of the first bytes the connection has already.</summary>
    internal async Task<(Socket Socket, int Sent)> ConnectAsync(string host, int port, EarlyBytes early, CancellationToken cancellationToken)
    {
        var target = Targets.Of(host, port);
        // Leaves the caller's synchronization context here, once, for everything below
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var told = ConnectTelemetry.Begin(target);
        try
        {
            var connected = await _dialer.ConnectAsync(target, early, cancellationToken);
            told.Succeeded();
            return connected;
        }
        catch (Socks5Exception failure)
        {
            told.Failed(failure);
            Options.OnFailure?.Invoke(failure);
            throw;
        }
    }

    /// <summary>
    /// The client that the environment names, as the command line takes it: the gateways in <c>SOCKS5EGRESS_VIA</c>, with commas between, and in
    /// <c>SOCKS5EGRESS_PASSWORD</c> the password of a user whose URL has none.
    /// </summary>
    /// <param name="options">Time limits; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The variable is not set.</exception>
    /// <exception cref="FormatException">It holds no gateway; the message says why, without a password.</exception>
    public static Socks5Client FromEnvironment(Socks5ClientOptions? options = null)
    {
        var via = Environment.GetEnvironmentVariable("SOCKS5EGRESS_VIA");
        if (string.IsNullOrWhiteSpace(via)) throw new InvalidOperationException("SOCKS5EGRESS_VIA is not set: write the gateway there, socks5://[user[:password]@]host:port.");
        return new Socks5Client(Socks5Proxy.ParseList(via, Environment.GetEnvironmentVariable("SOCKS5EGRESS_PASSWORD")), options);
    }
}
