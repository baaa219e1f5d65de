using Socks5Egress.Protocol.Socks5;

namespace Socks5Egress.Client;

/// <summary>
/// A connection through a gateway failed. The message is one sentence that names the cause and what to do next; no
/// message holds a password. An <see cref="IOException"/>, because that is what callers of a stream already handle.
/// </summary>
public sealed class Socks5Exception : IOException
{
    internal Socks5Exception(
        Socks5Stage stage, string gateway, string target, string message, bool isTransient, ReplyCode? reply = null, Exception? inner = null)
        : base(message, inner)
    {
        Stage = stage;
        Gateway = gateway;
        Target = target;
        IsTransient = isTransient;
        Reply = reply;
    }

    /// <summary>How far it got.</summary>
    public Socks5Stage Stage { get; }

    /// <summary>The gateway, <c>host:port</c>, without credentials. Of several, the last one tried.</summary>
    public string Gateway { get; }

    /// <summary>What was to be reached through it, <c>host:port</c>.</summary>
    public string Target { get; }

    /// <summary>What the gateway answered to the request (RFC 1928 section 6); null when it did not get that far.</summary>
    public ReplyCode? Reply { get; }

    /// <summary>
    /// Whether the same call may succeed later without anybody changing anything: true for a gateway or target that is
    /// away, false for rejected credentials, a refusing policy, or something that speaks no SOCKS5.
    /// </summary>
    public bool IsTransient { get; }

    /// <summary>Nothing was answered in the time that there was.</summary>
    internal bool IsTimeout { get; init; }

    /// <summary>
    /// First bytes were sent with the request, and the connection ended without an answer: the target may have them. They are never sent again here; whether
    /// the caller may is its protocol's to say. False when a gateway has refused, which means that no byte reached the target.
    /// </summary>
    public bool FirstBytesMayHaveArrived { get; internal set; }

    /// <summary>Another gateway may do better: this one is away, or gave up without naming the target as the cause.</summary>
    internal bool IsGatewayFault => !FirstBytesMayHaveArrived && IsFaultOfGateway;

    private bool IsFaultOfGateway =>
        Stage is Socks5Stage.Resolve or Socks5Stage.Connect or Socks5Stage.Secure or Socks5Stage.Negotiate
        || (Stage == Socks5Stage.Authenticate && IsTransient)
        || (Stage == Socks5Stage.Request && IsTransient && Reply is null or ReplyCode.GeneralFailure);
}
