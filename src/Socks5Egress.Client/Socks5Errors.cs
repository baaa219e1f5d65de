using System.Globalization;
using System.Net.Sockets;
using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// What went wrong on one attempt, as an exception with its sentence. Every sentence names the cause first and what to
/// do next, and no two causes share one: people search for them.
/// </summary>
/// <param name="proxy">The gateway tried.</param>
/// <param name="target">What was to be reached, <c>host:port</c>.</param>
internal readonly struct Socks5Errors(Socks5Proxy proxy, string target)
{
    private string Gateway => proxy.Authority;

    private string User => proxy.Credentials?.UserName ?? "";

    public Socks5Exception NotResolved(SocketException inner) => Of(Socks5Stage.Resolve, true, null, inner,
        $"The gateway's name {proxy.Host} does not resolve here: check its spelling and this machine's DNS.");

    public Socks5Exception NotConnected(SocketException inner) => Of(Socks5Stage.Connect, inner.SocketErrorCode == SocketError.TimedOut, inner, inner.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => $"The gateway {Gateway} refuses connections: check that it runs and listens on that address and port.",
        SocketError.TimedOut => $"The gateway {Gateway} does not answer: check its address, and the firewalls on the way.",
        SocketError.NetworkUnreachable or SocketError.HostUnreachable =>
            $"There is no route to the gateway {Gateway}: check its address, and that the private network or VPN is up.",
        _ => $"The gateway {Gateway} cannot be reached ({inner.SocketErrorCode}): check its address and port.",
    });

    public Socks5Exception TooSlow(Socks5Stage stage, TimeSpan limit) => Of(stage, true, null, stage switch
    {
        Socks5Stage.Resolve => $"Looking up the gateway's name {proxy.Host} took longer than {Seconds(limit)}: check this machine's DNS.",
        Socks5Stage.Connect => $"The gateway {Gateway} did not answer within {Seconds(limit)}: check its address, and the firewalls on the way.",
        Socks5Stage.Secure => $"{Gateway} accepted the connection but did not answer the TLS handshake within {Seconds(limit)}: check that this listener has a certificate.",
        Socks5Stage.Request => $"The gateway {Gateway} did not reach {target} within {Seconds(limit)}: check that the target answers from there.",
        _ => $"{Gateway} accepted the connection but did not answer the SOCKS5 greeting within {Seconds(limit)}: check that it is a SOCKS5 gateway, and its load.",
    });

    public Socks5Exception Closed(Socks5Stage stage, Exception? inner) => Of(stage, true, null, inner, stage switch
    {
        Socks5Stage.Negotiate =>
            $"The gateway {Gateway} closed the connection before it answered: most often this machine is not among the clients it accepts, it is full, or it wants TLS (socks5+tls://).",
        Socks5Stage.Authenticate =>
            $"The gateway {Gateway} closed the connection while it checked user '{User}': see its log.",
        _ => $"The gateway {Gateway} closed the connection while it dialled {target}: see its log; it may have been stopped.",
    });

    public Socks5Exception NotTrusted(string fault, Exception inner) => Of(Socks5Stage.Secure, false, null, inner,
        $"The certificate of the gateway {Gateway} {fault}.");

    public Socks5Exception NotTls(Exception inner) => Of(Socks5Stage.Secure, false, null, inner,
        $"The gateway {Gateway} ended the TLS handshake: check that this listener has a certificate, and whether it wants one from us (?cert=FILE&key=FILE).");

    public Socks5Exception NoCertificate(Exception inner) => Of(Socks5Stage.Secure, false, null, inner,
        $"A file that socks5+tls:// names for the gateway {Gateway} cannot be used ({inner.Message}): ca, cert and key are files in PEM, the key not encrypted.");

    public Socks5Exception NotSocks5() => Of(Socks5Stage.Negotiate, false, null, null,
        $"What listens at {Gateway} does not speak SOCKS5: check host and port, and that this listener serves socks5.");

    public Socks5Exception NoMethod() => Of(Socks5Stage.Negotiate, false, null, null, proxy.Credentials is null
        ? $"The gateway {Gateway} requires a user name and password: write socks5://user@host:port, with the password after the name or in SOCKS5EGRESS_PASSWORD."
        : $"The gateway {Gateway} accepts neither a password nor no authentication: ask its operator which method it wants.");

    public Socks5Exception Rejected() => Of(Socks5Stage.Authenticate, false, null, null,
        $"The gateway {Gateway} rejected user '{User}' or its password: check both, and that the user exists there.");

    public Socks5Exception BoughtRefused(bool mayGo) => Of(Socks5Stage.Authenticate, mayGo, null, null,
        $"The gateway {Gateway} did not take the password that it sold for a token: behind one address with others, all of them need the same --login-key.");

    public Socks5Exception NoToken(string source, Exception inner) => Of(Socks5Stage.Authenticate, true, null, inner,
        $"There is no token to log in with at the gateway {Gateway}: the token source {source} failed: {inner.Message}.");

    public Socks5Exception TokenInClear() => Of(Socks5Stage.Authenticate, false, null, null,
        $"The gateway {Gateway} is not in a private network, and a token is not sent there in clear: write socks5+tls://.");

    public Socks5Exception NoLogin(string? status) => Of(Socks5Stage.Authenticate, false, null, null, status is null
        ? $"The gateway {Gateway} does not answer POST /login: it needs --oidc, and a listener that serves http."
        : $"The gateway {Gateway} does not take tokens (it answered {status} to POST /login): it needs --oidc.");

    public Socks5Exception TokenRefused(string step, string why, bool mayGo) => Of(Socks5Stage.Authenticate, mayGo, null, mayGo ? new IOException(why) : null,
        $"The gateway {Gateway} refused the token ({step}): {why}");

    public Socks5Exception Garbled(Socks5Stage stage) => Of(stage, false, null, null,
        $"The gateway {Gateway} answered with bytes that are no SOCKS5 reply: check that nothing sits between, such as a TLS or HTTP proxy.");

    public Socks5Exception Refused(ReplyCode reply)
    {
        var sentence = reply switch
        {
            ReplyCode.GeneralFailure => $"The gateway {Gateway} did not connect to {target} and names no cause: it may be at a limit or stopping; see its log.",
            ReplyCode.NotAllowedByRuleset =>
                $"The gateway {Gateway} does not allow {target}: a rule of its policy refused it; `socks5egress explain` there names the rule.",
            ReplyCode.NetworkUnreachable => $"The gateway {Gateway} has no route to the network of {target}: check the address, and IPv6 at the gateway.",
            ReplyCode.HostUnreachable =>
                $"The gateway {Gateway} cannot reach {target}: the name does not resolve there, or nothing answers at that address; check the name and the target's firewall.",
            ReplyCode.ConnectionRefused => $"{target} refused the connection from the gateway {Gateway}: check that the server runs and listens on that port.",
            ReplyCode.TtlExpired => $"The way from the gateway {Gateway} to {target} is too long (TTL expired): check the routing there.",
            ReplyCode.CommandNotSupported => $"The gateway {Gateway} does not offer CONNECT, the command that leads to {target}: check which commands it serves.",
            ReplyCode.AddressTypeNotSupported => $"The gateway {Gateway} does not take the address type of {target}: give it a name or an IPv4 address.",
            _ => $"The gateway {Gateway} refused {target} with reply code {((byte)reply).ToString("X2", CultureInfo.InvariantCulture)}, which RFC 1928 does not name: see its log.",
        };
        var transient = reply is ReplyCode.GeneralFailure or ReplyCode.NetworkUnreachable or ReplyCode.HostUnreachable
            or ReplyCode.ConnectionRefused or ReplyCode.TtlExpired;
        return Of(Socks5Stage.Request, transient, reply, null, sentence);
    }

    private Socks5Exception Of(Socks5Stage stage, bool transient, ReplyCode? reply, Exception? inner, string sentence) =>
        new(stage, Gateway, target, sentence, transient, reply, inner);

    private Socks5Exception Of(Socks5Stage stage, bool isTimeout, Exception? inner, string sentence) =>
        new(stage, Gateway, target, sentence, isTransient: true, inner: inner) { IsTimeout = isTimeout };

    private static string Seconds(TimeSpan limit) => limit.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture) + " s";
}
