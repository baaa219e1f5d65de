using System.Net.Sockets;
using System.Security.Authentication;
using Socks5Egress.Client;

namespace Socks5Egress.Diagnostics;

/// <summary>
/// The steps of one way to one target: does each within its time, keeps what it saw, and stops at the first fault. What sockets
/// and TLS throw becomes a sentence here and nowhere else.
/// </summary>
/// <param name="target">For the sentences.</param>
/// <param name="limit">How long one step may take.</param>
/// <param name="time">The clock.</param>
/// <param name="progress">Told of each step that begins.</param>
internal sealed class Steps(CheckTarget target, TimeSpan limit, TimeProvider time, Action<string> progress)
{
    private readonly List<CheckStep> _done = [];

    public IReadOnlyList<CheckStep> Done => _done;

    /// <summary>What is wrong, or null as long as nothing is.</summary>
    public string? Fault { get; private set; }

    /// <summary>The address that the target, or else the gateway, says the connection comes from.</summary>
    public string? Egress { get; private set; }

    /// <summary>Does a step.</summary>
    /// <returns>Whether to go on.</returns>
    public async Task<bool> DoAsync(string name, Func<CancellationToken, Task<Finding>> work)
    {
        progress(name);
        var began = time.GetTimestamp();
        using var deadline = new CancellationTokenSource(limit, time);
        Finding finding;
        try
        {
            finding = await work(deadline.Token);
        }
        catch (Exception fault) when (fault is SocketException or IOException or OperationCanceledException or AuthenticationException)
        {
            finding = new Finding("failed", Sentence(name, fault));
        }

        _done.Add(new CheckStep(name, finding.Text, Math.Round(time.GetElapsedTime(began).TotalMilliseconds, 1)));
        (Fault, Egress) = (finding.Fault, finding.Egress ?? Egress);
        return Fault is null;
    }

    private string Sentence(string name, Exception fault) => (name, fault) switch
    {
        (_, Socks5Exception known) => known.Message,
        ("name", OperationCanceledException) => $"Looking up {target.Host} here took longer than {limit.TotalSeconds} s: check this machine's DNS.",
        ("name", SocketException { SocketErrorCode: SocketError.TryAgain }) => $"No name server answered about {target.Host}: check this machine's DNS, or --resolver.",
        ("name", _) => $"The name {target.Host} does not resolve here: check its spelling, and this machine's DNS.",
        ("gateway" or "secure" or "login", OperationCanceledException) => $"The gateway did not answer within {limit.TotalSeconds} s: check its address, its load, and the firewalls on the way.",
        ("connect", OperationCanceledException) =>
            $"{target.Place} did not answer within {limit.TotalSeconds} s: most often a firewall or an allow-list that drops, or a wrong address.",
        ("connect", SocketException { SocketErrorCode: SocketError.ConnectionRefused }) =>
            $"{target.Place} refused the connection: check that the server runs and listens on that port.",
        ("connect", SocketException { SocketErrorCode: SocketError.NetworkUnreachable or SocketError.HostUnreachable }) =>
            $"There is no route to {target.Place} from here: check its address, and the private network or VPN.",
        ("hello", EndOfStreamException) or ("hello", IOException { InnerException: SocketException }) or ("hello", SocketException) =>
            $"{target.Place} was connected, then closed before a byte: most often its allow-list does not have the address that this way leaves from.",
        ("hello", OperationCanceledException) =>
            $"{target.Place} was connected and says nothing within {limit.TotalSeconds} s: another protocol is spoken there, or a firewall swallows what follows.",
        ("tls", AuthenticationException) => $"{target.Place} answers no TLS handshake ({fault.Message.TrimEnd('.')}): check the port, and the TLS versions of both sides.",
        (_, OperationCanceledException) => $"{target.Place} did not answer in the step {name} within {limit.TotalSeconds} s: check the server's load and log.",
        _ => $"{target.Place} closed the connection in the step {name}: see the server's log.",
    };
}
